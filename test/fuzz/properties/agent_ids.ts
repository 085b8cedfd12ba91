import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { canonical } from '../fit.ts';
import { hostileJson, hostileText } from '../hostile_text.ts';
import { property } from '../world.ts';

/** Other ways to write a UUID, all of which mean the same, and some that are none. */
const spellings = [
  (id: string) => id,
  (id: string) => id.toUpperCase(),
  (id: string) => id.replaceAll('-', ''),
  (id: string) => id.replace('-', '').toUpperCase(),
  (id: string) => `{${id}}`,
  (id: string) => `urn:uuid:${id}`,
  (id: string) => id.slice(1),
  (id: string) => `${id}0`,
  (id: string) => id.replace(/.$/, 'g'),
  (id: string) => id.replace(/^./, '０'),
];

const asked = fc.record({
  spell: fc.constantFrom(...spellings),
  other: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: hostileText }),
  reference: hostileJson,
});

/** An agent's id means the same in every spelling, and what is no UUID is 400 and registers nobody. */
export const agentIds = property(asked, async ({ spell, other, reference }, { fetch, ledger }) => {
  const mark = ledger.mark();
  const given = other ?? spell(randomUUID());
  const id = canonical(given);
  const made = await fetch('POST', '/api/v1/agents/', { json: { id: given, hostname: mark } });
  if (id === undefined) {
    ledger.refused(mark);
    assert.equal(made.status, 400);
  } else {
    assert.deepEqual([made.status, (made.body as { id: string }).id], [201, id]);
    ledger.accepted('agent', id, mark);
    const again = await fetch('POST', '/api/v1/agents/', { json: { id: spell(id), hostname: mark } });
    assert.deepEqual([again.status, again.body], [200, made.body]);
    for (const spelling of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
      assert.deepEqual((await fetch('GET', `/api/v1/agents/${spelling}`)).body, made.body);
    }
  }
  const tag = ledger.mark();
  const tagged = await fetch('POST', '/api/v1/tags/', { json: { tag } });
  assert.equal(tagged.status, 201);
  for (const kind of ['agent_id', 'job_id', 'assembler_slug'] as const) {
    const list = `/api/v1/tags/${tag}/${kind.split('_')[0]}s/`;
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch('POST', list, { body: `{"${kind}":${reference}}`, headers });
    // A list of jobs or assemblers may have one of them by now.
    assert.ok([400, 404, ...(kind === 'agent_id' ? [] : [201])].includes(status), `${kind}: ${status}`);
    if (status !== 201) assert.deepEqual((await fetch('GET', list)).body, []);
  }
});
