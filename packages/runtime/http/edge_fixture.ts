import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AppError, type ObjectSchema, type Operation, unavailable } from '@muster/contracts';
import { openLog } from '../process/log.ts';
import { jsonArray } from './answer.ts';
import type { Handler } from './begin_operation.ts';
import { type EdgeOptions, edge } from './edge.ts';
import { ownRoutes } from './own_routes.ts';
import { peerReader } from './peer.ts';
import { limitedServer } from './server.ts';

const body = {
  type: 'object',
  properties: {
    tag: { type: 'string', maxLength: 8 },
    inner: { type: 'object', additionalProperties: true },
  },
  required: ['tag'],
  additionalProperties: false,
} as const satisfies ObjectSchema;
const common = { service: 'tags', summary: '', refusals: [] } as const;
const successes = { 200: { description: '' } };
const operations = {
  list: {
    ...common,
    id: 'list',
    method: 'GET',
    path: '/api/v1/things/',
    alsoAt: ['/api/v1/things'],
    tellsLag: true,
    successes,
  },
  get: { ...common, id: 'get', method: 'GET', path: '/api/v1/things/{id}', tellsLag: true, successes },
  make: {
    ...common,
    id: 'make',
    method: 'POST',
    path: '/api/v1/things/',
    scope: 'tags:write',
    body,
    takes: 'json',
    successes,
  },
  fill: {
    ...common,
    id: 'fill',
    method: 'POST',
    path: '/v1/forms.json',
    body,
    takes: 'arguments',
    successes,
  },
  poll: {
    ...common,
    id: 'poll',
    method: 'GET',
    path: '/v1/forms.json',
    polled: true,
    keepable: true,
    query: {
      type: 'object',
      properties: { page: { type: 'integer', minimum: 1, maximum: 9 } },
      additionalProperties: false,
    },
    headerArguments: { page: 'page' },
    successes,
  },
  watch: { ...common, id: 'watch', method: 'GET', path: '/v1/forms/{id}.json', polled: true, successes },
} as const satisfies Record<string, Operation>;

async function* numbers(until: number) {
  for (let i = 0; i < until; i += 1) yield i;
}

const handlers: Record<keyof typeof operations, Handler> = {
  list: async () => ({ status: 200, pieces: jsonArray(numbers(1_000)) }),
  get: async ({ params }) => {
    if (params.id === 'away') throw unavailable('mongodb_unavailable', {});
    if (params.id === 'broken') throw new Error('secret detail');
    if (params.id === 'slow') await new Promise(() => {});
    if (params.id === 'cut') {
      const pieces = (async function* () {
        yield '[1';
        throw new AppError('internal', 'internal', { request: '' });
      })();
      return { status: 200, pieces };
    }
    return { status: 200, body: { id: params.id }, revision: 7 };
  },
  make: async ({ input, origin }) => ({ status: 200, body: { ...input<object>(), by: origin.by } }),
  fill: async ({ input }) => ({ status: 200, body: input<object>() }),
  watch: async ({ params }) => {
    if (params.id === 'unknown') throw new AppError('not_found', 'address_unknown', { path: params.id });
    return { status: 200, body: { id: params.id } };
  },
  poll: async ({ query }) => ({ status: 200, body: [query], headers: { Link: '<>; rel="last"' } }),
};

/** A service with a few operations on a real socket, for tests of the edge; `guards` and `own` handlers stand for its own ones. */
export async function startToyService(
  guards: Partial<Omit<EdgeOptions<keyof typeof operations>, 'operations' | 'handlers'>> = {},
  own: Partial<typeof handlers> = {},
): Promise<{ url: string; port: number; close: () => void }> {
  const server = limitedServer(
    edge({
      operations,
      handlers: { ...handlers, ...own },
      ownRoutes: ownRoutes({
        ending: new AbortController().signal,
        needs: { database: () => Promise.reject(unavailable('mongodb_unavailable', {})) },
        shows: {},
        documents: { '/openapi.json': () => ({ openapi: '3.1.0' }) },
      }),
      authorise: async ({ authorization }) => {
        if (authorization === undefined) throw new AppError('token_missing', 'token_missing');
        return 'dev';
      },
      peerOf: peerReader('127.0.0.1'),
      requireTls: false,
      pollLimit: 5,
      mayWrite: () => true,
      corsOrigins: '',
      translate: () => undefined,
      log: openLog('test', 'silent'),
      ...guards,
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, close };
}

/** Posts to a toy service, with a token and as JSON unless told otherwise. */
export const post = (address: string, init: RequestInit): Promise<Response> =>
  fetch(address, {
    method: 'POST',
    ...init,
    headers: { 'content-type': 'application/json', authorization: 'Bearer x', ...init.headers },
  });

/** The status and the code of a refusal. */
export const statusAndCode = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  ((await answer.json()) as { code: string }).code,
];
