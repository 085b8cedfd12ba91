import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, nodeArguments, nodeVariables, repository, startProcess } from '@muster/dev';
import { request } from 'undici';
import type { Bench, Measure } from '../bench.ts';
import { judgeLimit } from '../report.ts';
import { farmSettings } from '../stage.ts';
import { spreadOf } from '../statistics.ts';

const LIMIT_MS = 450;
const LOOK_MS = 3;

/** P9: from the start of a service's process, servers up, to its first answer out of the database. */
export const startTime: Measure = async (bench) => {
  const { data, extent, say } = bench;
  const paths = {
    assemblers: `/v1/assemblers/${data.assemblers[0]?.slug}.json`,
    tags: `/api/v1/tags/${data.tags[0]?.tag}`,
  } as const;
  const judged = [];
  for (const name of ['assemblers', 'tags'] as const) {
    const took: number[] = [];
    for (let nth = 0; nth < extent.starts; nth += 1) took.push(await startOnce(bench, name, paths[name]));
    const { median, min, max } = spreadOf(took);
    say(`P9: ${name} ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    const figures = `${min.toFixed(0)}..${max.toFixed(0)} ms`;
    judged.push(
      judgeLimit({ goal: 'P9', what: `start of ${name}`, figures }, median, { limit: LIMIT_MS, unit: 'ms' }),
    );
  }
  return judged;
};

/** Starts a further instance of a service, and ends it once it has answered; gives back how long that took, in ms. */
async function startOnce(
  { stage, signal }: Bench,
  name: 'assemblers' | 'tags',
  path: string,
): Promise<number> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  let answered = 0;
  const handle = await startProcess(
    {
      name: `${name}-start`,
      command: process.execPath,
      args: [...nodeArguments, stage.program(name)],
      cwd: repository,
      env: {
        ...nodeVariables,
        ...process.env,
        ...farmSettings,
        MONGODB_URL: stage.farm.mongodbUrl,
        NATS_URL: stage.farm.natsUrl,
        TOKENS_FILE: join(stage.home, 'tokens.json'),
        HOST: '127.0.0.1',
        PORT: String(port),
      },
      log: join(stage.home, 'logs', `${name}-start.log`),
      ready: async () => {
        answered = await firstAnswer(url + path);
      },
    },
    { signal },
  );
  await handle.stop();
  return answered - began;
}

/** When a question was first answered with 200, asked again and again. @throws {Error} when it was not within 10 s */
async function firstAnswer(url: string): Promise<number> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    const status = await request(url, { reset: true }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => 0,
    );
    if (status === 200) return performance.now();
    await sleep(LOOK_MS);
  }
  throw new Error(`${url} did not answer 200 within 10 s`);
}
