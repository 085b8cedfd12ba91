import type { ReferenceKind } from '@muster/contracts';

/** Something that the workload asks the farm to do. */
export type Action =
  | { readonly do: 'make_tag' | 'delete_tag' | 'read_tag'; readonly tag: string }
  | {
      readonly do: 'replace_tag';
      readonly tag: string;
      readonly agents: readonly string[];
      readonly jobs: readonly number[];
    }
  | {
      readonly do: 'attach' | 'detach';
      readonly tag: string;
      readonly kind: ReferenceKind;
      readonly ref: string | number;
    }
  | { readonly do: 'make_agent'; readonly id: string; readonly hostname: string }
  | { readonly do: 'delete_agent' | 'read_agent' | 'remove_path'; readonly id: string }
  | { readonly do: 'make_job'; readonly title: string }
  | { readonly do: 'delete_job'; readonly id: number }
  | {
      readonly do: 'make_assembler';
      readonly slug: string;
      readonly name: string;
      readonly host: string;
    }
  | { readonly do: 'change_assembler'; readonly slug: string; readonly name: string }
  | { readonly do: 'destroy_assembler' | 'read_assembler'; readonly slug: string }
  | { readonly do: 'add_path'; readonly name: string; readonly assembler_slug: string };

/** An action as it goes over the wire. */
export interface Wired {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
}

const relations = { agent: 'agents', job: 'jobs', assembler: 'assemblers' } as const;
const fields = { agent: 'agent_id', job: 'job_id', assembler: 'assembler_slug' } as const;

/** The request that an action is. */
export function wired(action: Action): Wired {
  switch (action.do) {
    case 'make_tag':
      return { method: 'POST', path: '/api/v1/tags/', json: { tag: action.tag } };
    case 'replace_tag':
      return { method: 'PUT', path: tagPath(action.tag), json: { agents: action.agents, jobs: action.jobs } };
    case 'delete_tag':
      return { method: 'DELETE', path: tagPath(action.tag) };
    case 'read_tag':
      return { method: 'GET', path: tagPath(action.tag) };
    case 'attach': {
      const path = `${tagPath(action.tag)}/${relations[action.kind]}/`;
      return { method: 'POST', path, json: { [fields[action.kind]]: action.ref } };
    }
    case 'detach':
      return {
        method: 'DELETE',
        path: `${tagPath(action.tag)}/${relations[action.kind]}/${action.ref}`,
      };
    case 'make_agent': {
      const { id, hostname } = action;
      return { method: 'POST', path: '/api/v1/agents/', json: { id, hostname } };
    }
    case 'delete_agent':
      return { method: 'DELETE', path: `/api/v1/agents/${action.id}` };
    case 'read_agent':
      return { method: 'GET', path: `/api/v1/agents/${action.id}` };
    case 'make_job':
      return { method: 'POST', path: '/api/v1/jobs/', json: { title: action.title } };
    case 'delete_job':
      return { method: 'DELETE', path: `/api/v1/jobs/${action.id}` };
    case 'make_assembler': {
      const { slug, name, host } = action;
      return { method: 'POST', path: '/v1/assemblers.json', json: { slug, name, host } };
    }
    case 'change_assembler':
      return { method: 'PATCH', path: slugPath(action.slug), json: { name: action.name } };
    case 'destroy_assembler':
      return { method: 'DELETE', path: slugPath(action.slug) };
    case 'read_assembler':
      return { method: 'GET', path: slugPath(action.slug) };
    case 'add_path': {
      const { name, assembler_slug } = action;
      return { method: 'POST', path: '/v1/source_paths.json', json: { name, assembler_slug } };
    }
    case 'remove_path':
      return { method: 'DELETE', path: `/v1/source_paths/${action.id}.json` };
  }
}

const tagPath = (tag: string) => `/api/v1/tags/${encodeURIComponent(tag)}`;
const slugPath = (slug: string) => `/v1/assemblers/${slug}.json`;
