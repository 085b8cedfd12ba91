/**
 * A small process of the farm, for tests of its end: `POST /` answers its body, `/breaks` raises where nobody catches it, and
 * `/buffer` tells what memory a buffer of three bytes holds.
 *
 * @module
 */
import { text } from 'node:stream/consumers';
import { limitedServer } from '../http/server.ts';
import { openLog } from './log.ts';
import { runUntilStopped } from './run.ts';

const log = openLog('test', 'info');
const drain = new AbortController();
const server = limitedServer(async (request, response) => {
  if (request.url === '/breaks') throw new Error('on purpose');
  const body = await text(request);
  response.end(request.url === '/buffer' ? String(Buffer.from('abc').buffer.byteLength) : body);
});
await runUntilStopped(server, {
  host: '127.0.0.1',
  port: 0,
  log,
  drainWaitMs: 100,
  letGoMs: Number(process.env.LET_GO_MS),
  drain,
  closers: [async () => log.info('closed')],
});
