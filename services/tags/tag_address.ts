import { MAX_ID, parser, tagName } from '@muster/contracts';

/** How an address names a tag: by name, or by id; the id is null where no tag can ever have it. */
export type TagAddress = { readonly name: string } | { readonly id: number | null };

/** Reads the `<tag>` of an address: only digits are an id, all else is a name. */
export function readTagAddress(text: string): TagAddress {
  if (!/^[0-9]+$/.test(text)) return { name: text };
  const id = Number(text);
  const canonical = id >= 1 && id <= MAX_ID && String(id) === text;
  return { id: canonical ? id : null };
}

const parseName = parser<{ tag: string }>({
  type: 'object',
  properties: { tag: tagName },
  required: ['tag'],
  additionalProperties: false,
});

/** @throws {AppError} `invalid_argument` when an address' name is none that a tag may have. */
export const checkTagName = (name: string): string => parseName({ tag: name }).tag;
