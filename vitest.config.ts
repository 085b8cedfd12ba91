import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/.muster/**'];

/** Tests that stop and kill processes, each file on a farm of its own. */
const faults = [
  'test/{deployment,hang_ups,kills,outages,pages,references,replacement}.system.test.ts',
  'test/fault/*.system.test.ts',
];

/** `unit` needs nothing, `integration` needs the servers, `system` asks one whole farm, `faults` breaks others. */
export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    outputFile: { json: `.results/${process.env.npm_lifecycle_event ?? 'vitest'}.json` },
    projects: [
      {
        test: {
          name: 'unit',
          // They share nothing but modules, so that these are read once for each worker.
          isolate: false,
          include: ['{packages,services,tools,test,bench}/**/*.test.ts'],
          exclude: [...ignored, '**/*.{integration,system}.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,services,tools}/**/*.integration.test.ts'],
          exclude: ignored,
          globalSetup: 'tools/dev/vitest_servers.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // They wait more than they compute, so more of them at once than there are cores.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.system.test.ts'],
          exclude: [...ignored, ...faults],
          globalSetup: 'test/vitest_farm.ts',
          testTimeout: 60_000,
          hookTimeout: 180_000,
          isolate: false,
          // They share a farm, and some see to it that nothing is stored.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: faults,
          globalSetup: 'test/vitest_binaries.ts',
          testTimeout: 90_000,
          hookTimeout: 180_000,
          // One farm at a time: on two cores, two that are broken and measured at once take each other's time.
          maxWorkers: 1,
        },
      },
    ],
  },
});
