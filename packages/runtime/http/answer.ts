import { hash } from 'node:crypto';
import { AppError } from '@muster/contracts';

/** A body as it is sent, and its strong ETag. */
export type Written = { readonly text: string; readonly etag: string };

/**
 * What a handler answers: a status, and a JSON body (`body`, or `written` where it has been written before) or the pieces of one (`pieces`,
 * streamed). `revision` is the record's version and becomes the ETag; a body without one gets the hash of its bytes.
 */
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly written?: Written;
  readonly pieces?: AsyncIterable<string>;
  readonly revision?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The strong ETag of a record's version. */
export const revisionTag = (revision: number): string => `"${revision}"`;

/** The strong ETag of an answer that is made of several records. */
export const contentTag = (body: string): string => `"${hash('sha1', body, 'base64url')}"`;

/**
 * The strong ETag of an answer with this text: its record's version, or its text and, since the last page is another one once a page follows
 * it, where it stands in its list.
 */
export const entityTag = (text: string, { written, revision, headers }: Answer): string =>
  written?.etag ??
  (revision === undefined
    ? contentTag(`${headers?.['Content-Range'] ?? ''}${headers?.Link ?? ''}${text}`)
    : revisionTag(revision));

/** The text of an answer's body; undefined where it has none. */
export const bodyText = ({ written, body }: Answer): string | undefined =>
  written?.text ?? JSON.stringify(body);

/** Whether a list of ETags, as `If-Match` or `If-None-Match` give it, names this one; weak ones compare as strong. */
export const namesTag = (header: string, tag: string): boolean =>
  header === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);

/**
 * Sees that a write's `If-Match` still holds.
 *
 * @throws {AppError} `precondition_failed` with the record's current ETag, when there is a record.
 */
export function checkIfMatch(header: string | undefined, current: string | undefined): void {
  if (header === undefined || (current !== undefined && namesTag(header, current))) return;
  const headers: Record<string, string> = current === undefined ? {} : { ETag: current };
  throw new AppError('precondition_failed', 'precondition_failed', {}, { headers });
}

/** Writes a list as the pieces of a JSON array, so that it never stands in memory as a whole. */
export async function* jsonArray(items: AsyncIterable<unknown>, batch = 64): AsyncGenerator<string> {
  let piece = '[';
  let count = 0;
  for await (const item of items) {
    piece += `${count === 0 ? '' : ','}${JSON.stringify(item)}`;
    count += 1;
    if (count % batch === 0) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]`;
}
