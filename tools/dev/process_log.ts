import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const mostBytes = 20 * 1024 * 1024;

/** Opens a log for appending; one that has grown over 20 MiB is first set aside as `<file>.1`. */
export function openLog(file: string): { fd: number; size: number } {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > mostBytes) renameSync(file, `${file}.1`);
  const fd = openSync(file, 'a', 0o600);
  return { fd, size: fstatSync(fd).size };
}

/** The last 12 lines of a log, each cut at 400 characters, of what was written after byte `from`. */
export function tailOf(file: string, from: number): string {
  const fd = openSync(file, 'r');
  try {
    const size = fstatSync(fd).size;
    const start = Math.max(from, size - 16_384);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    readSync(fd, bytes, 0, bytes.length, start);
    const lines = bytes.toString('utf8').split('\n').filter(Boolean).slice(-12);
    return lines.map((line) => `  ${line.slice(0, 400)}`).join('\n') || '  (it wrote nothing)';
  } finally {
    closeSync(fd);
  }
}
