import { setTimeout as sleep } from 'node:timers/promises';

/** Why nothing can be said; the message tells what to do next. */
export class CannotSay extends Error {
  override name = 'CannotSay';
}

/** Where the farm is, what to ask with, and for how long to ask again while it is not ready to tell. */
export type Farm = { readonly url: string; readonly token?: string | undefined; readonly waitMs: number };

/**
 * Asks the farm to compare (`GET`) or to repair (`POST`), again as long as it says to try later.
 *
 * @throws {CannotSay} when it does not answer, refuses, or is not ready in time.
 */
export async function askFarm(method: 'GET' | 'POST', { url, token, waitMs }: Farm): Promise<unknown> {
  const until = performance.now() + waitMs;
  for (;;) {
    const answer = await fetch(new URL('/api/v1/integrity', url), {
      method,
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    }).catch((cause: unknown) => {
      throw new CannotSay(
        `Nothing answers at ${url}. Start the farm (npm start), or say where it is: --url http://host:8080`,
        { cause },
      );
    });
    const text = await answer.text();
    if (answer.status === 200) return readJson(text, url);
    const seconds = Number(answer.headers.get('retry-after') ?? '1');
    const mayTryOn = answer.status === 503 && performance.now() + seconds * 1_000 < until;
    if (!mayTryOn) throw new CannotSay(refusal(answer.status, { text, url }));
    await sleep(seconds * 1_000);
  }
}

function readJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CannotSay(
      `What answers at ${url} is no Muster. Say where the gateway is: --url http://host:8080`,
    );
  }
}

function refusal(status: number, { text, url }: { text: string; url: string }): string {
  const own = /"error":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
  if (status === 401 || status === 403) {
    return `${own}\nA repair needs a token with the scope tags:write: in .muster/token, by --token-file, or in MUSTER_TOKEN.`;
  }
  if (status === 404)
    return `There is no comparison at ${url}. Is that the gateway of a Muster that has it? See --url.`;
  return own === '' ? `The farm answers ${status}. See its logs.` : `The farm cannot tell: ${own}`;
}
