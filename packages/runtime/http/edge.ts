import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import cors from '@koa/cors';
import Router from '@koa/router';
import { AppError, type Operation } from '@muster/contracts';
import helmet from 'helmet';
import Koa, { type Context } from 'koa';
import { checkPath } from './address.ts';
import { type Begun, type Bound, bindOperation, type Guards, type Handler } from './begin_operation.ts';
import { directAnswers } from './direct_answers.ts';
import { strictTransport } from './hsts.ts';
import { type ObserveDeps, type Observed, observe } from './observe.ts';
import { operationRoute } from './operation_route.ts';
import type { OwnRoutes } from './own_routes.ts';

/** What makes up a service's HTTP edge. `corsOrigins` is a comma-separated list; empty for no CORS at all. */
export type EdgeOptions<Id extends string> = Guards &
  ObserveDeps & {
    readonly operations: Readonly<Record<Id, Operation>>;
    readonly handlers: Readonly<Record<Id, Handler>>;
    readonly ownRoutes: OwnRoutes;
    readonly corsOrigins: string;
  };

/** Makes the listener of a service: every operation of its table, each bound to the handler of the same name. */
export function edge<Id extends string>(options: EdgeOptions<Id>): RequestListener {
  const app = new Koa<Observed>();
  // The edge decides itself whom to believe about the client; see peer.ts.
  app.proxy = false;
  app.silent = true;
  const begun: Begun = new WeakMap();
  app.use(observe(options, begun));
  const hardening = hardeningHeaders();
  app.use((ctx, next) => {
    ctx.set(hardening);
    if (ctx.state.peer.secure) ctx.set(strictTransport(ctx.headers.host));
    return next();
  });
  if (options.corsOrigins !== '') app.use(corsFor(options.corsOrigins.split(',')));
  const bound = boundOperations(options);
  const router = operationRouter(bound, begun);
  const fixed = fixedAddresses(Object.values<Operation>(options.operations));
  app.use((ctx, next) => {
    const { path, method } = ctx;
    checkPath(path);
    const own = options.ownRoutes[path];
    if (own !== undefined && (method === 'GET' || method === 'HEAD')) return answerOwn(own, ctx);
    const methods = fixed.get(path);
    if (methods !== undefined && !methods.has(method)) return answerNoOperation(methods, ctx);
    return next();
  });
  app.use(router.routes());
  app.use((ctx) => {
    const fitting = router.match(ctx.path, 'NONE').path;
    answerNoOperation(new Set(fitting.flatMap((layer) => layer.methods)), ctx);
  });
  const direct = directAnswers(bound, {
    ...options,
    begun,
    fields: hardening,
    isFixed: (path) => fixed.has(path) || path in options.ownRoutes,
    varyByOrigin: options.corsOrigins !== '',
  });
  const listener = direct(app.callback());
  return options.ready?.before(listener) ?? listener;
}

const boundOperations = <Id extends string>(options: EdgeOptions<Id>): Bound[] =>
  (Object.keys(options.operations) as Id[]).map((id) =>
    bindOperation(options.operations[id], options.handlers[id], options),
  );

/** What helmet sets on every answer: always the same, so it is asked once. */
function hardeningHeaders(): Readonly<Record<string, string>> {
  const set: Record<string, string> = {};
  const layer = helmet({
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false },
    strictTransportSecurity: false,
    // These concern documents that a browser shows, and every answer here is data.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  const answer = {
    setHeader: (name: string, value: string) => {
      set[name] = value;
    },
    removeHeader() {},
  };
  layer({} as IncomingMessage, answer as unknown as ServerResponse, () => {});
  return set;
}

async function answerOwn(own: OwnRoutes[string], ctx: Context): Promise<void> {
  const { status, type, body, headers = {}, waitedMs = 0 } = await own(ctx.get('prefer'));
  ctx.state.started += waitedMs;
  ctx.status = status;
  ctx.type = type;
  ctx.set(headers);
  ctx.body = body;
}

function operationRouter(bound: readonly Bound[], begun: Begun): Router<Observed> {
  const router = new Router<Observed>();
  for (const one of bound) {
    const { operation } = one;
    const route = operationRoute(one, begun);
    for (const path of [operation.path, ...(operation.alsoAt ?? [])]) {
      router.register(path.replaceAll(/\{([a-z_]+)\}/g, ':$1'), [operation.method], route as never);
    }
  }
  return router;
}

/** The methods of each address without parameters: it is none of those with, so `/tags/schema` is no tag. */
function fixedAddresses(operations: readonly Operation[]): ReadonlyMap<string, Set<string>> {
  const fixed = new Map<string, Set<string>>();
  for (const { method, path, alsoAt = [] } of operations) {
    for (const address of [path, ...alsoAt].filter((spelling) => !spelling.includes('{'))) {
      const methods = fixed.get(address) ?? new Set();
      fixed.set(address, methods.add(method));
      if (method === 'GET') methods.add('HEAD');
    }
  }
  return fixed;
}

function answerNoOperation(methods: ReadonlySet<string>, ctx: Context): void {
  if (methods.size === 0) throw new AppError('not_found', 'address_unknown', { path: ctx.path });
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (ctx.method !== 'OPTIONS') {
    const headers = { Allow: allow };
    throw new AppError(
      'method_not_allowed',
      'method_not_allowed',
      { method: ctx.method, allow },
      { headers },
    );
  }
  ctx.status = 204;
  ctx.set('Allow', allow);
}

const corsFor = (origins: readonly string[]) =>
  cors({
    origin: (ctx) => (origins.includes(ctx.get('origin')) ? ctx.get('origin') : ''),
    exposeHeaders: [
      'ETag',
      'Link',
      'Content-Range',
      'X-Request-Id',
      'Retry-After',
      'Farm-Refs-Lag-Ms',
      'Preference-Applied',
    ],
  });
