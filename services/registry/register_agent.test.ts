import type { Agent, AppError, Job } from '@muster/contracts';
import type { LiveDoc } from '@muster/runtime';
import { expect, test } from 'vitest';
import type { Insert } from './record.ts';
import { type RegisterAgentDeps, registerAgent } from './register_agent.ts';
import { submitJob } from './submit_job.ts';

const origin = { by: null, traceparent: '00-1-2-00' };
const now = () => new Date(0);
const id = '0198c1f2-3a4b-7c5d-8e6f-0123456789ab';

/** A store in memory whose functions hold what the real ones promise. */
function store<S extends object, K extends string | number>() {
  const docs = new Map<K, LiveDoc<S, K>>();
  const insert: Insert<S, K> = async ({ id, state, change }) => {
    const found = docs.get(id);
    if (found) return { outcome: 'exists', doc: found };
    const last = { ...change, id: 'event', delta: [] };
    const doc = { _id: id, live: true, v: 1, born: 1, last, state };
    docs.set(id, doc);
    return { outcome: 'inserted', doc };
  };
  return { docs, insert };
}

function agents() {
  const { docs, insert } = store<Agent, string>();
  const change: RegisterAgentDeps['change'] = async ({ id, patch }) => {
    const doc = docs.get(id);
    if (doc === undefined) return { outcome: 'missing' };
    Object.assign(doc.state, patch);
    doc.v += 1;
    return { outcome: 'changed', doc };
  };
  return { docs, deps: { insert, change, newId: () => 'made', now } };
}

test('registerAgent() makes an agent with every field, online, under an id of its own', async () => {
  const { doc, isNew } = await registerAgent({ given: { hostname: 'h1' }, origin }, agents().deps);
  expect(isNew).toBe(true);
  expect(doc.state).toEqual({
    id: 'made',
    hostname: 'h1',
    port: null,
    ram: null,
    free_ram: null,
    cpus: null,
    remote_ip: null,
    state: 'online',
  });
});

test('registerAgent() takes the given id in its canonical form, and changes the agent that has it', async () => {
  const { docs, deps } = agents();
  const first = { id: id.toUpperCase(), hostname: 'h1', cpus: 4 };
  expect((await registerAgent({ given: first, origin }, deps)).isNew).toBe(true);
  const again = { id: id.replaceAll('-', ''), hostname: 'h2' };
  const { doc, isNew } = await registerAgent({ given: again, origin }, deps);
  expect(isNew).toBe(false);
  expect(doc.state).toMatchObject({ id, hostname: 'h2', cpus: 4 });
  expect([...docs.keys()]).toEqual([id]);
});

test('registerAgent() refuses an id that is no UUID', async () => {
  const error = await registerAgent({ given: { id: 'a1', hostname: 'h' }, origin }, agents().deps).catch(
    (thrown: AppError) => thrown,
  );
  expect(error).toMatchObject({ code: 'invalid_argument', key: 'field.id', params: { field: 'id' } });
});

test('registerAgent() changes an agent that another registration made in between', async () => {
  const { deps } = agents();
  let raced = false;
  const racing: RegisterAgentDeps = {
    ...deps,
    async insert(input) {
      if (!raced) await deps.insert({ ...input, state: { ...input.state, hostname: 'other' } });
      raced = true;
      return deps.insert(input);
    },
  };
  const { doc, isNew } = await registerAgent({ given: { id, hostname: 'mine' }, origin }, racing);
  expect(isNew).toBe(false);
  expect(doc.state.hostname).toBe('mine');
});

test('submitJob() queues a job, and never writes over one that has the id', async () => {
  const { docs, insert } = store<Job, number>();
  const deps = { insert, nextId: async () => 7, now };
  const doc = await submitJob({ given: { title: 'render' }, origin }, deps);
  expect(doc.state).toEqual({ id: 7, title: 'render', state: 'queued' });
  await expect(submitJob({ given: { title: 'other' }, origin }, deps)).rejects.toThrow('7');
  expect(docs.get(7)?.state.title).toBe('render');
});
