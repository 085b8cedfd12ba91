/**
 * A client of the running farm for system tests: every answer is held to the farm's own OpenAPI description, and each resource has
 * a maker that gives back a new one.
 *
 * ```ts
 * const farm = await farmClient();
 * const { tag } = await farm.newTag();
 * const { status } = await farm.fetch('GET', `/api/v1/tags/${tag}`);
 * ```
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Agent, Assembler, Job, OpenApiDocument, SourcePath } from '@muster/contracts';
import { inject } from 'vitest';
import { type CheckedFetch, checkedFetch } from './checked_fetch.ts';
import { exchange } from './http_exchange.ts';

/** A tag as its making answers it. */
interface NewTag {
  readonly id: number;
  readonly tag: string;
  readonly agents: readonly (string | number)[];
  readonly jobs: readonly number[];
}

/** A checked client, and makers of records of which the tests so far know nothing. */
export interface FarmClient {
  readonly fetch: CheckedFetch;
  readonly document: OpenApiDocument;
  readonly newTag: (tag?: string) => Promise<NewTag>;
  readonly newAgent: () => Promise<Agent>;
  readonly newJob: () => Promise<Job>;
  readonly newAssembler: (fields?: Readonly<Record<string, string>>) => Promise<Assembler>;
  readonly newSourcePath: (assembler: string) => Promise<SourcePath>;
}

/** A name that no other test has, fit as a tag, a slug and a host. */
export const freshName = (prefix = 't'): string => `${prefix}-${randomBytes(6).toString('hex')}`;

/** Makes a client of a farm: the tests' own one through its gateway, unless another origin or token is given. */
export async function farmClient(
  { url, token }: { readonly url: string; readonly token: string | null } = inject('farm'),
): Promise<FarmClient> {
  const described = await exchange(url, { method: 'GET', path: '/openapi.json', headers: {} });
  const document = described.body as OpenApiDocument;
  const fetch = checkedFetch(url, document, token);
  const make = async <T>(path: string, json: object): Promise<T> => {
    const { status, text, body } = await fetch('POST', path, { json });
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${text}`);
    return body as T;
  };
  return {
    fetch,
    document,
    newTag: (tag = freshName('tag')) => make<NewTag>('/api/v1/tags/', { tag }),
    newAgent: () => make<Agent>('/api/v1/agents/', { hostname: freshName('agent') }),
    newJob: () => make<Job>('/api/v1/jobs/', { title: freshName('job') }),
    newAssembler: (fields = {}) => {
      const slug = freshName('asm');
      return make<Assembler>('/v1/assemblers.json', { slug, name: `Assembler ${slug}`, ...fields });
    },
    newSourcePath: (assembler) =>
      make<SourcePath>('/v1/source_paths.json', { name: freshName('path'), assembler_slug: assembler }),
  };
}
