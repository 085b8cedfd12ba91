import { createHash, randomBytes } from 'node:crypto';
import type { StoredToken } from '@muster/contracts';

/** A new token's text: `muster_` and 32 random bytes. */
export const newTokenText = (): string => `muster_${randomBytes(32).toString('base64url')}`;

/** Whether a text has the form of a token. */
export const isTokenText = (text: string): boolean => /^muster_[A-Za-z0-9_-]{43}$/.test(text);

/** What is stored of a text. 256 random bits cannot be guessed, so that a plain hash is as good as a slow one. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A token's short id; an entry that was written without one goes by the beginning of its hash. */
export const idOf = ({ id, sha256 }: StoredToken): string => id ?? sha256.slice(0, 8);
