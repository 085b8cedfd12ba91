/**
 * Loaded into each process of the farm before its own program: on SIGURG, which ends nobody, it collects its garbage and tells its memory on a line of
 * its log.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

process.on('SIGURG', async () => {
  // What has a finaliser is gone after the next collection only.
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await sleep(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  console.log(JSON.stringify({ memory: { rss, heap: heapUsed + external } }));
});
