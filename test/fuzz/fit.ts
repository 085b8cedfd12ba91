/** What the API says that it takes, in words of our own, so that a schema that is wrong is not believed. */

const length = (text: string): number => [...text].length;

/** A text as it is kept, or undefined where none may be kept of it: no control characters, whole code points, so long at most. */
export function keptText(given: string, most: number): string | undefined {
  const text = given.normalize('NFC');
  const isFit = text.isWellFormed() && !/\p{Cc}/u.test(given) && length(text) >= 1 && length(text) <= most;
  return isFit ? text : undefined;
}

/** A tag's name as it is kept, or undefined where it could not be reached again. */
export function keptTag(given: string): string | undefined {
  const text = keptText(given, 64);
  if (text === undefined || text.trim() !== text || /^[0-9]+$/.test(text)) return undefined;
  return ['schema', '.', '..'].includes(text) ? undefined : text;
}

/** Whether this is a slug: 1 to 64 of `a-z 0-9 . _ -`, a letter or digit first, `.json` not last. */
export const isSlug = (text: string): boolean =>
  /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text) && !text.endsWith('.json') && !text.includes('\n');

/** A UUID in its canonical form, from any spelling; undefined where it is none. */
export function canonical(text: string): string | undefined {
  const digits = /^([0-9a-f]{8})(-?)([0-9a-f]{4})(-?)([0-9a-f]{4})(-?)([0-9a-f]{4})(-?)([0-9a-f]{12})$/i.exec(
    text,
  );
  if (digits === null) return undefined;
  const [, a, , b, , c, , d, , e] = digits;
  return [a, b, c, d, e].join('-').toLowerCase();
}
