import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from '../process/log.ts';
import { post, startToyService } from './edge_fixture.ts';
import { peerReader } from './peer.ts';
import { type ReadyAnswers, readyAnswers } from './ready_answers.ts';

let ready: ReadyAnswers;
let toy: Awaited<ReturnType<typeof startToyService>>;
let made: number;
let slow: Promise<void> | undefined;

async function start(options: { requireTls?: boolean; pollLimit?: number } = {}) {
  const { requireTls = false, pollLimit = 1_000 } = options;
  const peerOf = peerReader('127.0.0.1');
  ready = readyAnswers({ peerOf, requireTls, log: openLog('test', 'silent') });
  ready.hold(performance.now());
  made = 0;
  slow = undefined;
  toy = await startToyService(
    { ready, requireTls, pollLimit },
    {
      poll: async ({ query }) => {
        made += 1;
        const body = [query, made];
        await slow;
        return { status: 206, body, headers: { Link: '<>; rel="last"', 'Content-Range': 'items 0-1/9' } };
      },
    },
  );
}
beforeEach(() => start());
afterEach(() => toy.close());

const ask = (headers: Record<string, string> = {}, path = '/v1/forms.json') =>
  fetch(toy.url + path, { headers });
const number = async (headers?: Record<string, string>, path?: string) =>
  ((await (await ask(headers, path)).json()) as [object, number])[1];

test('what is ready is answered as it was the first time, but for what is the own of each request', async () => {
  const headers = { 'x-request-id': 'mine', 'x-forwarded-proto': 'https' };
  const [first, again] = [await ask(headers), await ask(headers)];
  expect([made, again.status, await again.text()]).toEqual([1, 206, await first.text()]);
  const fieldsOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name !== 'date' && name !== 'traceparent'));
  expect(fieldsOf(again)).toEqual(fieldsOf(first));
  expect(again.headers.get('strict-transport-security')).not.toBeNull();
  const other = await ask();
  expect(other.headers.get('strict-transport-security')).toBeNull();
  expect(other.headers.get('x-request-id')).not.toBe('mine');
  expect(other.headers.get('traceparent')).not.toBe(again.headers.get('traceparent'));
});

test('304 is answered from what is ready, also where nobody asked without a condition, with the same header', async () => {
  const etag = (await ask()).headers.get('etag') ?? '';
  ready.forget();
  const [slowly, quickly] = [await ask({ 'if-none-match': etag }), await ask({ 'if-none-match': etag })];
  // Another body by now, so the condition does not hold the first time.
  expect([slowly.status, quickly.status]).toEqual([206, 206]);
  const now = slowly.headers.get('etag') ?? '';
  const known = await ask({ 'if-none-match': now });
  expect([made, known.status, known.headers.get('etag'), await known.text()]).toEqual([2, 304, now, '']);
  expect(known.headers.get('content-type')).toBeNull();
  expect(known.headers.get('content-security-policy')).toBe(slowly.headers.get('content-security-policy'));
});

test('each address has its own answer, and what may change it in the header is never answered from there', async () => {
  expect([await number(), await number({}, '/v1/forms.json?page=2'), await number()]).toEqual([1, 2, 1]);
  expect(await number({ page: '3' })).toBe(3);
  expect(await number({ origin: 'https://a.example' })).toBe(4);
  expect([await number(), made]).toEqual([1, 4]);
});

test('a change is not answered over, nor one that comes while an answer is being made', async () => {
  expect([await number(), await number()]).toEqual([1, 1]);
  ready.forget();
  expect(await number()).toBe(2);
  ready.forget();
  const gate = Promise.withResolvers<void>();
  slow = gate.promise;
  const underWay = number();
  await expect.poll(() => made).toBe(3);
  ready.forget();
  gate.resolve();
  expect([await underWay, await number()]).toEqual([3, 4]);
});

test('nothing is ready from the beginning of a write of this process to its end', async () => {
  expect([await number(), await number()]).toEqual([1, 1]);
  const done = ready.writing();
  expect([await number(), await number()]).toEqual([2, 3]);
  done();
  expect([await number(), await number()]).toEqual([4, 4]);
  const init = { body: JSON.stringify({ tag: 'a' }) };
  expect((await post(`${toy.url}/api/v1/things/`, init)).status).toBe(200);
  expect(await number()).toBe(5);
});

test('nothing is ready while nothing was heard of changes for a second', async () => {
  expect([await number(), await number()]).toEqual([1, 1]);
  ready.hold(performance.now() - 1_001);
  expect([await number(), await number()]).toEqual([2, 3]);
});

test('who comes without TLS where it must be, or too often, is refused as ever', async () => {
  toy.close();
  await start({ requireTls: true, pollLimit: 3 });
  const secure = { 'x-forwarded-proto': 'https' };
  expect([(await ask(secure)).status, (await ask(secure)).status]).toEqual([206, 206]);
  expect((await ask()).status).toBe(422);
  expect([(await ask(secure)).status, (await ask(secure)).status, made]).toEqual([206, 429, 1]);
});
