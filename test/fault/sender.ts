import { randomBytes } from 'node:crypto';
import type { OpenApiDocument } from '@muster/contracts';
import { findProblems } from '../find_problems.ts';
import { type Answer, type Asked, exchange } from '../http_exchange.ts';
import { type Action, wired } from './action.ts';
import type { Operation, Outcome } from './history.ts';

/** Does an action and gives back what became of it; never throws. */
export type Sender = (action: Action) => Promise<Operation>;

/** Makes a sender of requests to `origin` that holds every answer to the description of the API. */
export function sender(origin: string, document: OpenApiDocument, token: string): Sender {
  return async (action) => {
    const { method, path, json } = wired(action);
    const body = json === undefined ? undefined : JSON.stringify(json);
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
    const asked: Asked = {
      method,
      path,
      headers: {
        traceparent,
        ...(method === 'GET' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    };
    const common = { action, what: `${method} ${path} ${body ?? ''}`.trim(), traceparent };
    const began = performance.now();
    try {
      const answer = await exchange(origin, asked);
      const ended = performance.now();
      const problems = findProblems(document, asked, answer);
      return { ...common, began, ended, ...read(answer), error: undefined, problems };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const nothing = { outcome: 'unknown', status: 0, body: undefined, version: undefined } as const;
      const ended = performance.now();
      return {
        ...common,
        began,
        ended,
        ...nothing,
        lagMs: Number.POSITIVE_INFINITY,
        error: code ?? message,
        problems: [],
      };
    }
  };
}

const outcomeOf = (status: number): Outcome => (status < 300 ? 'done' : status < 500 ? 'refused' : 'unknown');

function read({ status, headers, body }: Answer) {
  const etag = /^"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1];
  const lag = headers.get('farm-refs-lag-ms');
  return {
    outcome: outcomeOf(status),
    status,
    body,
    version: etag === undefined ? undefined : Number(etag),
    lagMs: lag === null ? Number.POSITIVE_INFINITY : Number(lag),
  };
}
