import { Client } from 'undici';
import type { Checked } from './index_check.ts';
import { openIndexCheck } from './index_check.ts';

/** Requests to one tags service over one connection; each throws when its answer is not right. */
export type TagsClient = {
  attach(tag: number, agent: string): Promise<void>;
  detach(tag: number, agent: string): Promise<void>;
  /** The body of a tag. */
  get(tag: number): Promise<string>;
  /** The body of an agent's list of tags. */
  tagsOf(agent: string): Promise<string>;
  /** Reads the whole index and keeps nothing of it; `firstByteMs` and `totalMs` from the request on. */
  index(): Promise<Checked & { readonly firstByteMs: number; readonly totalMs: number }>;
  /** Reads a page of the index. */
  page(limit: number): Promise<string>;
  close(): Promise<void>;
};

type Wanted = { method: 'GET' | 'POST' | 'DELETE'; path: string; status: number; body?: string };

/** Opens a client of the service at `url`; requests go out one after another. */
export function tagsClient(url: string, token: string): TagsClient {
  const client = new Client(url, { pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async ({ status, ...request }: Wanted): Promise<string> => {
    const answer = await client.request({ ...request, headers });
    const body = await answer.body.text();
    if (answer.statusCode === status) return body;
    throw new Error(`${request.method} ${request.path} answered ${answer.statusCode} ${body.slice(0, 200)}`);
  };
  const get = (path: string) => ask({ method: 'GET', path, status: 200 });
  return {
    async attach(tag, agent) {
      const body = JSON.stringify({ agent_id: agent });
      await ask({ method: 'POST', path: `/api/v1/tags/${tag}/agents/`, status: 201, body });
    },
    async detach(tag, agent) {
      await ask({ method: 'DELETE', path: `/api/v1/tags/${tag}/agents/${agent}`, status: 204 });
    },
    get: (tag) => get(`/api/v1/tags/${tag}`),
    tagsOf: (agent) => get(`/api/v1/agents/${agent}/tags/`),
    page: (limit) => get(`/api/v1/tags/?limit=${limit}`),
    async index() {
      const began = performance.now();
      const { statusCode, body } = await client.request({ method: 'GET', path: '/api/v1/tags/' });
      if (statusCode !== 200) throw new Error(`the index answered ${statusCode} ${await body.text()}`);
      const check = openIndexCheck();
      let firstByteMs = Number.NaN;
      for await (const piece of body) {
        if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - began;
        check.take(piece);
      }
      return { ...check.result(), firstByteMs, totalMs: performance.now() - began };
    },
    close: () => client.close(),
  };
}
