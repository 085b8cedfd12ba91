import type { OpenApiDocument } from '@muster/contracts';
import { findProblems } from './find_problems.ts';
import { type Answer, type Asked, exchange } from './http_exchange.ts';

/** What is sent beside method and path: at most one of `json`, `form`, `multipart` and `body`. */
export interface Sent {
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly multipart?: Readonly<Record<string, string>>;
  /** A body as it is, declared by a header of the test's own. */
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bearer's token instead of the client's; null for none. */
  readonly token?: string | null;
}

/** Sends a request and gives back its answer, checked. @throws {Error} when the answer is not as described */
export type CheckedFetch = (method: string, path: string, sent?: Sent) => Promise<Answer>;

/** Makes a client of the server at `origin` that holds every answer to `document` and sends `token` with every write. */
export function checkedFetch(
  origin: string,
  document: OpenApiDocument,
  token: string | null,
  send = exchange,
): CheckedFetch {
  return async (method, path, sent = {}) => {
    const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(method);
    const bearer = sent.token === undefined && isWrite ? token : (sent.token ?? null);
    const { type, body } = await bodyOf(sent);
    const asked: Asked = {
      method,
      path,
      headers: {
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...sent.headers,
      },
      ...(body === undefined ? {} : { body }),
    };
    const answer = await send(origin, asked);
    const problems = findProblems(document, asked, answer);
    if (problems.length === 0) return answer;
    throw new Error(
      `${method} ${path} → ${answer.status} ${answer.text.slice(0, 300)}\n${problems.join('\n')}`,
    );
  };
}

async function bodyOf({ json, form, multipart, body }: Sent) {
  if (json !== undefined) return { type: 'application/json', body: JSON.stringify(json) };
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(form).toString() };
  }
  if (multipart === undefined) return { type: undefined, body };
  const data = new FormData();
  for (const [name, value] of Object.entries(multipart)) data.append(name, value);
  const written = new Response(data);
  return { type: written.headers.get('content-type') ?? '', body: await written.bytes() };
}
