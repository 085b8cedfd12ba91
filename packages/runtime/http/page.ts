import { AppError } from '@muster/contracts';
import type { Answer } from './answer.ts';
import type { Request } from './request.ts';

/** Which page is asked for: its number from 1, its size, and how many items come before it. */
export type PageAsked = { readonly page: number; readonly perPage: number; readonly skip: number };

/** The items of a page, and how many there are in all. */
export type PageFound = { readonly items: readonly unknown[]; readonly total: number };

const DEFAULT_PER_PAGE = 10;

/** Reads the arguments of `pageQuery`. */
export function pageAsked({ query }: Pick<Request, 'query'>): PageAsked {
  const page = Number(query.page ?? 1);
  const perPage = Number(query.per_page ?? DEFAULT_PER_PAGE);
  return { page, perPage, skip: (page - 1) * perPage };
}

/**
 * Answers a page: 206 while more follow, 200 for the last one. `Content-Range` counts items from 0, as ranges of bytes do.
 *
 * @throws {AppError} `page_out_of_range` past the end, though never for the first page.
 */
export function pageAnswer(request: Pick<Request, 'path'>, asked: PageAsked, found: PageFound): Answer {
  const { page, perPage, skip } = asked;
  const { items, total } = found;
  const pages = Math.max(1, Math.ceil(total / perPage));
  if (items.length === 0 && page > 1) {
    const headers = { 'Content-Range': `items */${total}` };
    throw new AppError('page_out_of_range', 'page_out_of_range', { page, pages }, { headers });
  }
  const end = skip + items.length;
  return {
    status: end < total ? 206 : 200,
    body: items,
    headers: {
      'Content-Range': items.length === 0 ? 'items */0' : `items ${skip}-${end - 1}/${total}`,
      Link: links(request.path, { page, perPage, pages }),
    },
  };
}

function links(path: string, at: { page: number; perPage: number; pages: number }): string {
  const { page, perPage, pages } = at;
  const targets: [string, number][] = [['first', 1]];
  if (page > 1) targets.push(['prev', page - 1]);
  if (page < pages) targets.push(['next', page + 1]);
  targets.push(['last', pages]);
  return targets.map(([rel, number]) => link(path, { page: number, per_page: perPage }, rel)).join(', ');
}

/** One `Link` to this address with other arguments; relative, so that it holds behind any gateway. */
export function link(path: string, query: Readonly<Record<string, string | number>>, rel: string): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return `<${path}?${new URLSearchParams(pairs)}>; rel="${rel}"`;
}
