import { inject } from 'vitest';

/** The address of the nats-server that no other test file uses at the same time: there is one for each worker of vitest. */
export function natsUrlOfWorker(): string {
  const urls = inject('natsUrls');
  const url = urls[(Number(process.env.VITEST_POOL_ID) - 1) % urls.length];
  if (url === undefined) throw new Error('VITEST_POOL_ID names no worker: run this by vitest');
  return url;
}
