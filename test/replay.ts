import type { CheckedFetch } from './checked_fetch.ts';
import type { Answer } from './http_exchange.ts';

/**
 * Sends a request that is written out as in a document: request line, header lines, a blank line, the body. `also` are header
 * fields that the document leaves out.
 */
export function replay(
  fetch: CheckedFetch,
  text: string,
  also: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [head = '', ...bodies] = text.trim().split('\n\n');
  const [line = '', ...fields] = head.split('\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const body = bodies.join('\n\n');
  return fetch(method, path, { headers: { ...headers, ...also }, ...(body === '' ? {} : { body }) });
}
