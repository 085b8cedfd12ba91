/**
 * The parts of the HTTP edge that need neither koa nor a database: what a process that only passes requests on is built from.
 *
 * ```ts
 * import { limitedServer, renderError } from '@muster/runtime/http';
 * ```
 *
 * @module
 */
export * from './certificate.ts';
export * from './own_routes.ts';
export * from './peer.ts';
export * from './render_error.ts';
export * from './server.ts';
export * from './tracing.ts';
