import type { Actor } from '../tokens/authorise.ts';

/**
 * A request as a handler sees it: decoded, checked against its operation, and told who asks. `input()` gives the body or the
 * arguments; it is a function because some operations must look at the address first.
 */
export type Request = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number>>;
  readonly input: <T>() => T;
  readonly ifMatch: string | undefined;
  readonly path: string;
  readonly origin: Origin;
};

/** Where a change comes from: who asked, and in which trace. */
export type Origin = { readonly by: Actor; readonly traceparent: string };
