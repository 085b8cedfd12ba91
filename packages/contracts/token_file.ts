import { checker } from './parse.ts';
import type { FromSchema, ObjectSchema } from './schema.ts';

/**
 * The file of tokens, as the token command writes it and the services read it. `id` and `created` may be missing from an entry that
 * was written by hand; `expires` is null for a token without an end.
 */
const tokenFileSchema = {
  type: 'object',
  properties: {
    tokens: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', minLength: 1, maxLength: 64 },
          sha256: { type: 'string', maxLength: 64, pattern: '^[0-9a-f]{64}$' },
          name: { type: 'string', maxLength: 255 },
          scopes: { type: 'array', items: { type: 'string', maxLength: 64 } },
          created: { type: 'string', maxLength: 64 },
          expires: { type: ['string', 'null'], maxLength: 64 },
        },
        required: ['sha256', 'name', 'scopes', 'expires'],
        additionalProperties: false,
      },
    },
  },
  required: ['tokens'],
  additionalProperties: false,
} as const satisfies ObjectSchema;

/** A token as it is kept: its hash, never its text. */
export type StoredToken = FromSchema<typeof tokenFileSchema>['tokens'][number];

const problemOf = checker(tokenFileSchema);

/**
 * Reads the text of a file of tokens.
 *
 * @throws {Error} that says what is wrong with it.
 */
export function parseTokenFile(text: string): StoredToken[] {
  const value: unknown = JSON.parse(text);
  const problem = problemOf(value);
  if (problem !== undefined) throw new Error(problem);
  return (value as FromSchema<typeof tokenFileSchema>).tokens;
}

/** Whether a token may be used at a moment, in ms since 1970. An expiry that is no date has passed. */
export const isCurrent = ({ expires }: Pick<StoredToken, 'expires'>, now: number): boolean =>
  expires === null || Date.parse(expires) > now;
