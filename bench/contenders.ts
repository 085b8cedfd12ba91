import type { Bench } from './bench.ts';
import type { Contender } from './rounds.ts';
import { knownAssemblers, knownTags } from './seed.ts';

/** How an answer to the read of one assembler, and of one tag, begins. */
export const begins = { assembler: '{"slug":"bench-', tag: '{"agents":[{"hostname":"agent-' } as const;

type Kind = keyof typeof begins;

/** Reads of one record after another, all of them, at the services themselves, the gateway and the peers. */
export interface OneReaders {
  /** `muster assembler`, `muster tag`. */
  muster(kind: Kind): Contender;
  /** `gateway assembler`, `gateway tag`. */
  gateway(kind: Kind): Contender;
  /** `fastify assembler`, `fastify tag`. */
  fastify(kind: Kind): Promise<Contender>;
  /** `express assembler`. */
  express(): Promise<Contender>;
}

const serviceOf = { assembler: 'assemblers', tag: 'tags' } as const;

/** Makes the contenders that read one record at a time. */
export function oneReaders({ stage, data }: Bench): OneReaders {
  const servers = [stage.process('mongod'), stage.process('nats-server')];
  const known = { assembler: knownAssemblers(data), tag: knownTags(data) };
  const reader = (kind: Kind, rest: Pick<Contender, 'name' | 'own' | 'below'>): Contender => ({
    ...rest,
    url: rest.own.url ?? '',
    known: known[kind],
    plan: () => ({ paths: known[kind].map(({ path }) => path), status: 200, begins: begins[kind] }),
  });
  return {
    muster: (kind) =>
      reader(kind, { name: `muster ${kind}`, own: stage.process(serviceOf[kind]), below: servers }),
    gateway: (kind) =>
      reader(kind, {
        name: `gateway ${kind}`,
        own: stage.process('gateway'),
        below: [stage.process(serviceOf[kind]), ...servers],
      }),
    fastify: async (kind) =>
      reader(kind, {
        name: `fastify ${kind}`,
        own: await stage.peer('fastify_mongodb'),
        below: [stage.process('mongod')],
      }),
    express: async () =>
      reader('assembler', {
        name: 'express assembler',
        own: await stage.peer('express_mongoose'),
        below: [stage.process('mongod')],
      }),
  };
}
