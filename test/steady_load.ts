import { setTimeout as sleep } from 'node:timers/promises';
import { freshName } from './client.ts';
import { exchange } from './http_exchange.ts';
import { numbersFrom } from './numbers_from.ts';

/** A request and what became of it: the status it should have, and the one it has or the code of the connection's error. */
interface Outcome {
  readonly what: string;
  readonly expected: readonly number[];
  readonly ended: number | string;
  /** What was said, where it was not what was expected. */
  readonly text: string;
  /** Milliseconds since the load began, and until the answer. */
  readonly at: number;
  readonly took: number;
}

/** A load that goes on until it is stopped. */
export interface SteadyLoad {
  /** What has been answered so far. */
  readonly outcomes: readonly Outcome[];
  /** Sends nothing more, and waits for the answers. */
  stop(): Promise<readonly Outcome[]>;
}

interface Asking {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
  readonly expected: readonly number[];
}

/** Records that are there from the start, for reads and for references. */
interface Known {
  readonly tag: string;
  readonly job: number;
  readonly slug: string;
}

/** So many requests may be under way at once: beyond that it is the machine that is too slow, and waiting in line is no fault of the farm. */
const UNDER_WAY = 12;

/**
 * Sends so many requests a second to a farm, reads and writes of every service mixed, on kept connections. It does not wait for
 * answers unless there are many under way.
 */
export async function startSteadyLoad(
  farm: { readonly url: string; readonly token: string },
  options: { readonly perSecond: number; readonly seed: number },
): Promise<SteadyLoad> {
  const send = async ({ method, path, json }: Omit<Asking, 'expected'>) =>
    exchange(farm.url, {
      method,
      path,
      headers: { authorization: `Bearer ${farm.token}`, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  const known = await makeKnown(send);
  const random = numbersFrom(options.seed);
  const outcomes: Outcome[] = [];
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  let going = true;

  const one = async () => {
    const asking = pick(known, random);
    const began = performance.now();
    const { ended, text } = await send(asking).then(
      ({ status, text }) => ({ ended: status, text }),
      (error: NodeJS.ErrnoException) => ({ ended: error.code ?? error.message, text: error.message }),
    );
    const fits = asking.expected.includes(ended as number);
    outcomes.push({
      what: `${asking.method} ${asking.path}`,
      expected: asking.expected,
      ended,
      text: fits ? '' : text,
      at: began - start,
      took: performance.now() - began,
    });
  };
  const run = async () => {
    let due = start;
    while (going) {
      // What the machine was too slow for is not made up for in a burst.
      due = Math.max(due + 1_000 / options.perSecond, performance.now() - 100);
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
      const asked: Promise<void> = one().finally(() => underWay.delete(asked));
      underWay.add(asked);
    }
  };
  const running = run();
  return {
    outcomes,
    async stop() {
      going = false;
      await running;
      await Promise.all(underWay);
      return outcomes;
    },
  };
}

async function makeKnown(
  send: (asking: Omit<Asking, 'expected'>) => Promise<{ status: number; text: string; body: unknown }>,
): Promise<Known> {
  const make = async (path: string, json: object) => {
    const { status, text, body } = await send({ method: 'POST', path, json });
    if (status >= 300) throw new Error(`POST ${path} → ${status} ${text}`);
    return body as { id: number };
  };
  const tag = freshName('tag');
  const slug = freshName('asm');
  await make('/api/v1/tags/', { tag });
  const { id: job } = await make('/api/v1/jobs/', { title: 'known' });
  await make('/v1/assemblers.json', { slug, name: slug });
  await make(`/api/v1/tags/${tag}/jobs/`, { job_id: job });
  return { tag, job, slug };
}

/** One of the farm's requests, a write in two of five. */
function pick({ tag, job, slug }: Known, random: () => number): Asking {
  const name = freshName('new');
  const choices: readonly Asking[] = [
    { method: 'GET', path: `/api/v1/tags/${tag}`, expected: [200] },
    { method: 'GET', path: `/api/v1/tags/${tag}/jobs/`, expected: [200] },
    { method: 'POST', path: '/api/v1/tags/', json: { tag: name }, expected: [201] },
    { method: 'PUT', path: `/api/v1/tags/${name}`, json: { jobs: [job] }, expected: [201] },
    { method: 'POST', path: `/api/v1/tags/${tag}/jobs/`, json: { job_id: job }, expected: [200] },
    { method: 'GET', path: `/v1/assemblers/${slug}.json`, expected: [200] },
    { method: 'GET', path: '/v1/assemblers.json', expected: [200, 206] },
    { method: 'POST', path: '/v1/assemblers.json', json: { slug: name, name }, expected: [200] },
    { method: 'GET', path: `/api/v1/jobs/${job}`, expected: [200] },
    { method: 'GET', path: '/api/v1/agents/?limit=2', expected: [200] },
    { method: 'POST', path: '/api/v1/jobs/', json: { title: name }, expected: [201] },
    { method: 'POST', path: '/api/v1/agents/', json: { hostname: name }, expected: [201] },
  ];
  return choices[Math.floor(random() * choices.length)]!;
}
