import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { request } from 'undici';

/** One question and the whole answer that is known for it; `body` is undefined where there is none. */
export interface Known {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly body: unknown;
}

/** Asks beside a load. */
export interface Sampler {
  readonly asked: number;
  /** Ends the asking and tells every answer that was not as it should be, in words. */
  stop(): Promise<string[]>;
}

const EVERY_MS = 100;

/** Asks one of the known questions at random ten times a second, until it is stopped. */
export function startSampler(url: string, known: readonly Known[]): Sampler {
  const over = new AbortController();
  const wrong: string[] = [];
  let asked = 0;
  const run = async () => {
    while (!over.signal.aborted) {
      const one = known[Math.floor(Math.random() * known.length)]!;
      const problem = await difference(url, one).catch((error: Error) => `${one.path}: ${error.message}`);
      asked += 1;
      if (problem !== undefined) wrong.push(problem);
      await sleep(EVERY_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  const done = run();
  return {
    get asked() {
      return asked;
    },
    async stop() {
      over.abort();
      await done;
      return wrong;
    },
  };
}

/** What is wrong with the answer to a question, in words; undefined when nothing is. @throws {Error} when there is none */
export async function difference(
  url: string,
  { path, headers, status, body }: Known,
): Promise<string | undefined> {
  const answer = await request(url + path, headers === undefined ? {} : { headers });
  const text = await answer.body.text();
  const isRight =
    answer.statusCode === status &&
    (body === undefined ? text === '' : isDeepStrictEqual(JSON.parse(text || 'null'), body));
  if (isRight) return undefined;
  return `${path} answered ${answer.statusCode} ${text.slice(0, 300)} instead of ${status} ${JSON.stringify(body)?.slice(0, 300) ?? ''}`;
}
