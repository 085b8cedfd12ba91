import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { hostileHeaders } from '../hostile_request.ts';
import { hostileText } from '../hostile_text.ts';
import { property } from '../world.ts';

const asked = fc.record({
  headers: hostileHeaders,
  authorization: fc.option(
    fc.oneof(
      hostileText.map((text) => `Bearer ${text.replaceAll(/[^\x20-\x7e]/g, '')}`.trim()),
      fc.constantFrom(
        '',
        'Bearer',
        'Basic YTpi',
        `Bearer muster_${'x'.repeat(43)}`,
        'bearer a.b.c',
        'Bearer a, Bearer b',
      ),
    ),
    { nil: undefined },
  ),
});

/** Header fields of any kind change neither what a record is nor who may write it. */
export const headers = property(asked, async ({ headers: given, authorization }, { fetch, ledger }) => {
  const mark = ledger.mark();
  const path = `/api/v1/tags/${mark}`;
  const login = authorization === undefined ? {} : { authorization };
  const made = await fetch('POST', '/api/v1/tags/', { json: { tag: mark }, headers: { ...given, ...login } });
  if (made.status >= 400) {
    ledger.refused(mark);
    assert.ok([400, 401, 412].includes(made.status), `answered ${made.status}`);
    assert.ok(made.status !== 401 || authorization !== undefined, 'the token was not seen');
    return;
  }
  assert.deepEqual([made.status, authorization], [201, undefined]);
  const read = await fetch('GET', path, { headers: given });
  assert.ok([200, 304, 503].includes(read.status), `answered ${read.status}`);
  assert.ok(read.status !== 503 || /fresh/i.test(given.prefer ?? ''), `answered ${read.status}`);
  const removed = await fetch('DELETE', path, { headers: given });
  assert.ok([204, 412].includes(removed.status), `answered ${removed.status}`);
  const left = await fetch('GET', path);
  assert.equal(left.status, removed.status === 204 ? 404 : 200);
});
