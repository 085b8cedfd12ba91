import { AppError } from '@muster/contracts';
import { cleanText } from './clean.ts';

/** Named arguments as they came: each a text, at most once. */
export type Arguments = Readonly<Record<string, string>>;

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AppError('malformed', 'malformed_address', { part });
  }
};

/** @throws {AppError} `malformed` when a segment of the path has broken percent-encoding or control characters. */
export function checkPath(path: string): void {
  if (!path.includes('%')) return;
  for (const segment of path.split('/')) cleanText(decode(segment), 'address');
}

/**
 * Reads `name=value&…` as a query string or an urlencoded form has it.
 *
 * @throws {AppError} `malformed` for broken encoding, and for an argument that is given twice.
 */
export function readArguments(encoded: string): Arguments {
  if (encoded === '') return {};
  for (const part of encoded.split('&')) if (part.includes('%')) decode(part.replaceAll('+', ' '));
  return collect(new URLSearchParams(encoded));
}

/** Gathers pairs into named arguments, refusing what is given twice. */
export function collect(pairs: Iterable<readonly [string, string]>): Arguments {
  const found = new Map<string, string>();
  for (const [rawName, rawValue] of pairs) {
    const name = cleanText(rawName, 'argument');
    if (found.has(name)) throw new AppError('malformed', 'duplicate_argument', { field: name });
    found.set(name, cleanText(rawValue, name));
  }
  return Object.fromEntries(found);
}
