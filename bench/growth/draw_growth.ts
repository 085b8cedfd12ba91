import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Drawing, drawLines } from './draw_lines.ts';
import { baseOf, type Growth } from './growth.ts';

const MIB = 1_024 * 1_024;
const names = { attach: 'attach', detach: 'detach', get: 'read a tag', tagsOf: 'tags of an agent' };

/** The drawings of a run, by the name of their file. */
export function drawingsOf({ many, large }: Growth): Readonly<Record<string, Drawing>> {
  // Without the service's own first tag, which would only make the numbers on the axis odd.
  const indexes = many.map(({ tags, index }) => ({ ...index, tags }));
  const base = baseOf(many).index;
  return {
    'growth_taggings.svg': {
      title: 'Cost of a request by the number of taggings in all',
      x: 'taggings in all (10 agents to a tag, 10 tags to an agent)',
      y: 'p50 of one connection, ms',
      lines: (['attach', 'detach', 'get', 'tagsOf'] as const).map((operation) => ({
        name: names[operation],
        points: many.map(({ taggings, costs }) => ({ x: taggings, y: costs[operation].p50 })),
      })),
    },
    'growth_agents.svg': {
      title: 'Cost of a request by the size of its tag',
      x: 'agents of the tag',
      y: 'p50 of one connection, ms',
      lines: (['attach', 'detach', 'get'] as const).map((operation) => ({
        name: names[operation],
        points: large.tags.map(({ agents, costs }) => ({ x: agents, y: costs[operation].p50 })),
      })),
    },
    'growth_index_time.svg': {
      title: 'Reading the index of all tags: time',
      x: 'tags in the index (10 agents to a tag)',
      y: 'whole stream, ms',
      lines: [
        { name: 'whole index', points: indexes.map(({ tags, totalMs }) => ({ x: tags, y: totalMs })) },
        { name: 'first byte', points: indexes.map(({ tags, firstByteMs }) => ({ x: tags, y: firstByteMs })) },
        {
          name: 'linear growth',
          points: indexes.map(({ tags }) => ({ x: tags, y: (base.totalMs / base.tags) * tags })),
          dashed: true,
        },
      ],
    },
    'growth_index_memory.svg': {
      title: 'Reading the index of all tags: memory and size',
      x: 'tags in the index (10 agents to a tag)',
      y: 'MiB',
      lines: [
        {
          name: 'service at its peak',
          points: indexes.map(({ tags, memoryPeak }) => ({ x: tags, y: memoryPeak / MIB })),
        },
        {
          name: 'service before',
          points: indexes.map(({ tags, memoryBefore }) => ({ x: tags, y: memoryBefore / MIB })),
        },
        { name: 'the answer', points: indexes.map(({ tags, bytes }) => ({ x: tags, y: bytes / MIB })) },
      ],
    },
  };
}

/** Writes a run's drawings into a folder and gives back their paths. */
export async function drawGrowth(growth: Growth, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const written = Object.entries(drawingsOf(growth)).map(async ([name, drawing]) => {
    const path = join(folder, name);
    await writeFile(path, drawLines(drawing));
    return path;
  });
  return await Promise.all(written);
}
