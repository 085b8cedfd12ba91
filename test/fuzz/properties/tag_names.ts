import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { keptTag } from '../fit.ts';
import { hostileText } from '../hostile_text.ts';
import { property } from '../world.ts';

interface Shown {
  readonly id: number;
  readonly tag: string;
}

const asked = fc.record({ text: hostileText, marked: fc.boolean(), put: fc.boolean() });

/**
 * A tag's name that is fit is read back exactly, in NFC, by name in either spelling and by id; each name has one id for ever. One that
 * is not fit is 400 and leaves no trace.
 */
export const tagNames = property(asked, async ({ text, marked, put }, { fetch, ledger }) => {
  const mark = ledger.mark();
  const given = marked ? `${text}${mark}` : text;
  const kept = keptTag(given);
  const byAddress = put && isAddressable(given);
  const made = byAddress
    ? await fetch('PUT', `/api/v1/tags/${encodeURIComponent(given)}`, { json: {} })
    : await fetch('POST', '/api/v1/tags/', { json: { tag: given } });
  if (kept === undefined) {
    if (marked) ledger.refused(mark);
    assert.ok(isRefusal(byAddress, given, made.status), `an unfit name is answered ${made.status}`);
    return;
  }
  assert.ok([200, 201].includes(made.status), `a fit name is answered ${made.status} ${made.text}`);
  const { id, tag } = made.body as Shown;
  assert.equal(tag, kept);
  ledger.accepted('tag', id, kept);
  for (const spelling of [kept, kept.normalize('NFD'), given, String(id)]) {
    const found = await fetch('GET', `/api/v1/tags/${encodeURIComponent(spelling)}`);
    assert.deepEqual(
      [found.status, (found.body as Shown).id, (found.body as Shown).tag],
      [200, id, kept],
      spelling,
    );
  }
});

/** An address holds no half of a pair and not any length, and digits in it are an id. */
const isAddressable = (name: string): boolean =>
  name.isWellFormed() &&
  encodeURIComponent(name).length < 4_000 &&
  name !== '' &&
  !/^[0-9]+$/.test(name.normalize('NFC'));

/** `PUT /tags/schema` is another address, which has no PUT. */
const isRefusal = (byAddress: boolean, given: string, status: number): boolean =>
  status === 400 || (byAddress && given === 'schema' && status === 405);
