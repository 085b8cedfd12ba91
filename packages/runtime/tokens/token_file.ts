import { createHash } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { type FromSchema, type ObjectSchema, parser } from '@muster/contracts';
import type { Logger } from '../process/log.ts';

const fileSchema = {
  type: 'object',
  properties: {
    tokens: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          sha256: { type: 'string', maxLength: 64, pattern: '^[0-9a-f]{64}$' },
          name: { type: 'string', maxLength: 255 },
          scopes: { type: 'array', items: { type: 'string', maxLength: 64 } },
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

const parseFile = parser<FromSchema<typeof fileSchema>>(fileSchema);

/** A token as it is kept: its hash, never its text. */
type StoredToken = FromSchema<typeof fileSchema>['tokens'][number];

/** The tokens of a file, by the SHA-256 of their text; a change of the file is seen within a second. */
export type TokenFile = {
  readonly find: (token: string) => StoredToken | undefined;
  readonly close: () => void;
};

/**
 * Opens the file of token hashes. While it is missing or cannot be read, the tokens read last go on counting, and the log says so.
 */
export function openTokenFile(path: string, log: Logger): TokenFile {
  let byHash = new Map<string, StoredToken>();
  const read = (): void => {
    try {
      const { tokens } = parseFile(JSON.parse(readFileSync(path, 'utf8')));
      byHash = new Map(tokens.map((token) => [token.sha256, token]));
    } catch (error) {
      log.error(
        { err: error, path },
        'the file of tokens cannot be read: the tokens read last go on counting',
      );
    }
  };
  if (path !== '') {
    read();
    watchFile(path, { interval: 1_000, persistent: false }, read);
  }
  return {
    // The look-up is by hash, so its timing tells nothing of a token's text.
    find: (token) => byHash.get(createHash('sha256').update(token).digest('hex')),
    close: () => unwatchFile(path),
  };
}
