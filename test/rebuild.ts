import type { CheckedFetch } from './checked_fetch.ts';
import type { SeenChange } from './subscriber.ts';

type State = Readonly<Record<string, unknown>>;
type Id = string | number;

/** What the APIs answer of the whole farm. */
export interface Answers {
  readonly tags: readonly unknown[];
  /** Each tag's own answer and its assemblers, by name. */
  readonly byName: ReadonlyMap<string, unknown>;
  readonly agents: readonly unknown[];
  readonly jobs: readonly unknown[];
  readonly assemblers: readonly unknown[];
  readonly sourcePaths: readonly unknown[];
}

/**
 * What the APIs must answer, told from events alone: of each record the latest state; a tag on a record while the tag's
 * incarnation is the one it was put on, and the record still lives the life that it had then; and how many source paths each
 * assembler has.
 */
export function rebuild(changes: readonly SeenChange[]): Answers {
  const last = new Map(changes.map((change) => [change.subject, change]));
  const living = (type: string) =>
    [...last.values()].filter((change) => change.type === type && change.state !== null);
  const states = (type: string, by: string) =>
    living(type)
      .map(({ state }) => state as State)
      .sort((a, b) => compare(a[by] as Id, b[by] as Id));
  const records = new Map(
    ['agent', 'job', 'assembler'].flatMap((type) => living(type).map((one) => [`${type} ${one.key}`, one])),
  );
  const tags = states('tag', 'id');
  const paths = states('source_path', 'id');
  const taggings = new Map<unknown, State[]>(tags.map(({ incarnation }) => [incarnation, []]));
  const byRef = [...states('tagging', 'kind')].sort((a, b) =>
    a.kind === b.kind ? compare(a.ref as Id, b.ref as Id) : 0,
  );
  for (const { kind, ref, born, incarnation, ...rest } of byRef) {
    const record = records.get(`${kind} ${ref}`);
    if (record !== undefined && record.born === born)
      taggings.get(incarnation)?.push({ kind, ref, record: record.state, ...rest });
  }
  const relations = (tag: State, kind: string) =>
    (taggings.get(tag.incarnation) ?? []).filter((one) => one.kind === kind && one.tag_id === tag.id);
  const ids = (tag: State, kind: string) => relations(tag, kind).map(({ ref }) => ref);
  const shown = (tag: State, kind: string, [label, address]: [string, (ref: unknown) => string]) =>
    relations(tag, kind).map(({ ref, record }) => ({
      [label]: (record as State)[label],
      href: address(ref),
      id: ref,
    }));
  const agents = (tag: State) => shown(tag, 'agent', ['hostname', (ref) => `/api/v1/agents/${ref}`]);
  const jobs = (tag: State) => shown(tag, 'job', ['title', (ref) => `/api/v1/jobs/${ref}`]);
  const hosts = (tag: State) => shown(tag, 'assembler', ['name', (ref) => `/v1/assemblers/${ref}.json`]);
  return {
    tags: tags.map((one) => ({ ...named(one), agents: ids(one, 'agent'), jobs: ids(one, 'job') })),
    byName: new Map(
      tags.map((one) => [
        String(one.tag),
        { own: { ...named(one), agents: agents(one), jobs: jobs(one) }, assemblers: hosts(one) },
      ]),
    ),
    agents: states('agent', 'id'),
    jobs: states('job', 'id'),
    assemblers: states('assembler', 'slug').map((one) => ({
      ...one,
      source_path_count: paths.filter((path) => path.assembler_slug === one.slug).length,
    })),
    sourcePaths: paths,
  };
}

const named = ({ id, tag }: State) => ({ id, tag });
const compare = (a: Id, b: Id) => (a < b ? -1 : a > b ? 1 : 0);

/** Asks the APIs for all that they answer of the farm. */
export async function readAnswers(fetch: CheckedFetch): Promise<Answers> {
  const get = async (path: string) => {
    const { status, text, body } = await fetch('GET', path);
    if (status >= 300) throw new Error(`GET ${path}: ${status} ${text}`);
    return body;
  };
  const list = async (path: string) => (await get(path)) as State[];
  const tags = await list('/api/v1/tags/');
  const byName = new Map<string, unknown>();
  const left = tags.map(({ tag }) => String(tag));
  const lanes = Array.from({ length: 16 }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const path = `/api/v1/tags/${encodeURIComponent(name)}`;
      const [own, assemblers] = await Promise.all([get(path), get(`${path}/assemblers/`)]);
      byName.set(name, { own, assemblers });
    }
  });
  await Promise.all(lanes);
  return {
    tags,
    byName,
    agents: await list('/api/v1/agents/'),
    jobs: await list('/api/v1/jobs/'),
    assemblers: await pages(fetch, '/v1/assemblers.json'),
    sourcePaths: await pages(fetch, '/v1/source_paths.json'),
  };
}

async function pages(fetch: CheckedFetch, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let page = 1; ; page += 1) {
    const { status, text, body } = await fetch('GET', `${path}?per_page=50&page=${page}`);
    if (status !== 200 && status !== 206) throw new Error(`GET ${path}, page ${page}: ${status} ${text}`);
    all.push(...(body as unknown[]));
    if (status === 200) return all;
  }
}
