import { isCurrent, type StoredToken } from '@muster/contracts';
import { idOf } from './new_token.ts';

const heading = ['ID', 'NAME', 'SCOPES', 'CREATED', 'EXPIRES', 'STATE'];

/** Tokens as a table, one a line under a heading: what can be told of them without telling what they or their hashes are. */
export function showTokens(tokens: readonly StoredToken[], now = Date.now()): string {
  const rows = tokens.map((token) => [
    idOf(token),
    token.name,
    token.scopes.join(','),
    dayOf(token.created),
    token.expires === null ? 'never' : dayOf(token.expires),
    isCurrent(token, now) ? 'valid' : 'expired',
  ]);
  const table = [heading, ...rows].map((row) => row.map(printable));
  const widths = heading.map((_, column) => Math.max(...table.map((row) => [...row[column]!].length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** To the minute, in UTC. */
function dayOf(date: string | undefined): string {
  const time = new Date(date ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? (date ?? '–') : `${time.toISOString().slice(0, 16)}Z`;
}

/** A file may be written by hand: what would move the cursor or colour the terminal is left out. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?') || '–';
