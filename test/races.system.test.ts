import { expect, test } from 'vitest';
import { farmClient, freshName } from './client.ts';
import type { Answer } from './http_exchange.ts';

const farm = await farmClient();
const { fetch } = farm;
const RACERS = 12;
/** Rounds of the races that are promised by name; the others show the same of their neighbours. */
const ROUNDS = 20;
const FEW = 5;

/** Asks twelve times at once, round after round, and hands each round's answers on. */
async function race(
  ask: () => Promise<() => Promise<Answer>>,
  judge: (answers: Answer[]) => Promise<void> | void,
  rounds = FEW,
) {
  for (let round = 0; round < rounds; round += 1) {
    const racer = await ask();
    await judge(await Promise.all(Array.from({ length: RACERS }, () => racer())));
  }
}

const statusesOf = (answers: readonly Answer[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => b - a);
const bodiesOf = (answers: readonly Answer[]): string[] => [...new Set(answers.map(({ text }) => text))];
const bodyOf = (answers: readonly Answer[]): unknown => answers.map(({ body }) => body)[0];
const others = (status: number): number[] => Array<number>(RACERS - 1).fill(status);

test('12 POSTs of one new tag at once: one 201, eleven 200, one id', async () => {
  await race(
    async () => {
      const tag = freshName();
      return () => fetch('POST', '/api/v1/tags/', { json: { tag } });
    },
    async (answers) => {
      expect(statusesOf(answers)).toEqual([201, ...others(200)]);
      expect(bodiesOf(answers)).toHaveLength(1);
      const { id, tag } = bodyOf(answers) as { id: number; tag: string };
      expect((await fetch('GET', `/api/v1/tags/${tag}`)).body).toMatchObject({ id });
    },
    ROUNDS,
  );
});

test('12 attaches of one agent at once: one 201, eleven 200, one relation', async () => {
  await race(
    async () => {
      const { tag } = await farm.newTag();
      const { id } = await farm.newAgent();
      return () => fetch('POST', `/api/v1/tags/${tag}/agents/`, { json: { agent_id: id } });
    },
    async (answers) => {
      expect(statusesOf(answers)).toEqual([201, ...others(200)]);
      expect(bodiesOf(answers)).toHaveLength(1);
      const { id } = bodyOf(answers) as { id: string };
      expect((await fetch('GET', `/api/v1/agents/${id}/tags/`)).body).toHaveLength(1);
    },
    ROUNDS,
  );
});

test('12 attaches of one assembler to one tag at once: one 201, eleven 200', async () => {
  await race(
    async () => {
      const { tag } = await farm.newTag();
      const { slug } = await farm.newAssembler();
      return () => fetch('POST', `/api/v1/tags/${tag}/assemblers/`, { json: { assembler_slug: slug } });
    },
    (answers) => expect(statusesOf(answers)).toEqual([201, ...others(200)]),
  );
});

test('12 PUTs of one new tag at once: all 201, one tag', async () => {
  await race(
    async () => {
      const tag = freshName();
      return () => fetch('PUT', `/api/v1/tags/${tag}`, { json: { tag } });
    },
    async (answers) => {
      expect(statusesOf(answers)).toEqual(Array(RACERS).fill(201));
      expect(bodiesOf(answers)).toHaveLength(1);
    },
    ROUNDS,
  );
});

test('12 PUTs with an agent over one tag at once: all 201, the agent once', async () => {
  await race(
    async () => {
      const { tag } = await farm.newTag();
      const { id } = await farm.newAgent();
      return () => fetch('PUT', `/api/v1/tags/${tag}`, { json: { agents: [id] } });
    },
    async (answers) => {
      expect(statusesOf(answers)).toEqual(Array(RACERS).fill(201));
      const { id } = bodyOf(answers) as { id: number };
      const { body } = await fetch('GET', `/api/v1/tags/${id}`);
      expect((body as { agents: object[] }).agents).toHaveLength(1);
    },
  );
});

test('12 POSTs of one new slug at once: one 200, eleven 422.2', async () => {
  await race(
    async () => {
      const slug = freshName('asm');
      return () => fetch('POST', '/v1/assemblers.json', { json: { slug, name: `Assembler ${freshName()}` } });
    },
    (answers) => {
      expect(statusesOf(answers)).toEqual([...others(422), 200]);
      for (const { status, body } of answers) {
        if (status === 422) expect(body).toMatchObject({ error_code: 2 });
      }
    },
    ROUNDS,
  );
});

test.each(['name', 'host'])(
  '12 POSTs of one new %s under twelve slugs at once: one 200, eleven 422.2',
  async (field) => {
    await race(
      async () => {
        const value = freshName();
        return () => {
          const slug = freshName('asm');
          return fetch('POST', '/v1/assemblers.json', { json: { slug, name: slug, [field]: value } });
        };
      },
      (answers) => expect(statusesOf(answers)).toEqual([...others(422), 200]),
    );
  },
);

test('12 DELETEs of one assembler at once: one 200, eleven 404', async () => {
  await race(
    async () => {
      const { slug } = await farm.newAssembler();
      return () => fetch('DELETE', `/v1/assemblers/${slug}.json`);
    },
    (answers) => expect(statusesOf(answers)).toEqual([...others(404), 200]),
  );
});

test('12 registrations of one agent id at once: one 201, eleven 200', async () => {
  await race(
    async () => {
      const id = crypto.randomUUID();
      return () => fetch('POST', '/api/v1/agents/', { json: { id, hostname: 'one' } });
    },
    (answers) => expect(statusesOf(answers)).toEqual([201, ...others(200)]),
  );
});

test('12 jobs submitted at once have twelve ids', async () => {
  await race(
    async () => () => fetch('POST', '/api/v1/jobs/', { json: { title: 'one' } }),
    (answers) => expect(bodiesOf(answers)).toHaveLength(RACERS),
  );
});
