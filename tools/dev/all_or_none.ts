import type { Handle } from './process_handle.ts';

/**
 * Starts processes together and resolves with their handles in order. When one fails, the others are given up or ended at once
 * and the first reason is thrown; `outer` gives all of them up.
 */
export async function allOrNone(
  start: (signal: AbortSignal) => readonly Promise<Handle>[],
  outer?: AbortSignal,
): Promise<Handle[]> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  let first: { reason: unknown } | undefined;
  const handles: Handle[] = [];
  await Promise.all(
    start(signal).map(async (starting, index) => {
      try {
        handles[index] = await starting;
      } catch (reason) {
        first ??= { reason };
        failed.abort();
      }
    }),
  );
  if (!first) return handles;
  await Promise.all(handles.map((handle) => handle?.stop()));
  throw first.reason;
}
