import { AppError } from '@muster/contracts';
import { type Answer, jsonArray, type LiveDoc, link, type Part, type Request } from '@muster/runtime';

/** A list by id: how an id is read from its text, and how the records after one are read. */
export type CursorList<S, K extends string | number> = {
  readonly idOf: (text: string) => K | undefined;
  readonly stream: (part: Part<K>) => AsyncIterable<LiveDoc<S, K>>;
};

/**
 * Answers a list: all of it, streamed, or the page that `limit` and `after` ask for, with a `Link` to the next one.
 *
 * @throws {AppError} `invalid_argument` when `after` is no id.
 */
export async function cursorAnswer<S, K extends string | number>(
  { query, path }: Pick<Request, 'query' | 'path'>,
  list: CursorList<S, K>,
): Promise<Answer> {
  const after = query.after === undefined ? undefined : list.idOf(String(query.after));
  if (query.after !== undefined && after === undefined) {
    throw new AppError('invalid_argument', 'field.after', { field: 'after' });
  }
  if (query.limit === undefined) {
    return { status: 200, pieces: jsonArray(statesOf(list.stream({ after }))) };
  }
  const limit = Number(query.limit);
  const docs: LiveDoc<S, K>[] = [];
  // One more than asked for tells whether a next page is there.
  for await (const doc of list.stream({ after, limit: limit + 1 })) docs.push(doc);
  const page = docs.slice(0, limit);
  const last = page.at(-1);
  const headers = docs.length > limit && last ? { Link: link(path, { limit, after: last._id }, 'next') } : {};
  return { status: 200, body: page.map(({ state }) => state), headers };
}

async function* statesOf<S>(docs: AsyncIterable<LiveDoc<S, string | number>>): AsyncGenerator<S> {
  for await (const { state } of docs) yield state;
}
