import { type Growth, ratiosOf } from './growth.ts';
import type { IndexCost } from './measure_index.ts';
import type { Cost } from './time_requests.ts';

const MIB = 1_024 * 1_024;
const number = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const costText = (cost: Cost | undefined) =>
  cost === undefined || cost.count === 0 ? '–' : `${number(cost.p50, 2)} / ${number(cost.p95, 2)}`;

const indexCells = (index: IndexCost): string[] => [
  `${number(index.firstByteMs)} / ${number(index.totalMs)}${index.isDisturbed ? ' *' : ''}`,
  number(index.bytes / MIB, 2),
  `${number(index.memoryBefore / MIB)} → ${number(index.memoryPeak / MIB)}`,
];

/** A run's figures as a table in Markdown, and its ratios beneath. */
export function growthTable(growth: Growth): string {
  const { many, large } = growth;
  const head = [
    '',
    'attach',
    'detach',
    'get',
    'tags of an agent',
    'index first byte / whole',
    'MiB',
    'memory MiB',
  ];
  const rows = [
    ...many.map(({ taggings, tags, costs, index }) => [
      `${number(taggings)} taggings, ${number(tags)} tags`,
      ...[costs.attach, costs.detach, costs.get, costs.tagsOf].map(costText),
      ...indexCells(index),
    ]),
    ...large.tags.map(({ agents, costs }) => [
      `a tag of ${number(agents)} agents`,
      ...[costs.attach, costs.detach, costs.get, undefined].map(costText),
      ...['–', '–', '–'],
    ]),
    [`those tags and ${number(large.index.tags)} in all`, '–', '–', '–', '–', ...indexCells(large.index)],
  ];
  const { attach, indexTime, indexMemory } = ratiosOf(growth);
  return [
    'Times in ms: p50 / p95 of one connection, straight to the service. Memory: before → at the peak.',
    '',
    ...aligned([head, ...rows]),
    ...([...many.map(({ index }) => index), large.index].some(({ isDisturbed }) => isDisturbed)
      ? ['', '* the sweep over all taggings, half a minute after the start, may have run meanwhile']
      : []),
    '',
    `Attaching to the largest tag is ${number(attach, 2)} times as fast as to the smallest (P7 wants 0.8 or more).`,
    `From the first size of 1,000 tags to the last, the index takes ${number(indexTime, 2)} times as long for a tag, ` +
      `at ${number(indexMemory, 2)} times the memory.`,
  ].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head!, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body];
}
