/**
 * The tokens that let clients write: making, listing and revoking them in the file that the services read.
 *
 * ```ts
 * import { createToken, revokeToken } from '@muster/tokens';
 *
 * const { text, stored } = await createToken('.muster/tokens.json', { scopes: ['tags:write'], days: '90' });
 * await revokeToken('.muster/tokens.json', stored.name);
 * ```
 *
 * @module
 */
export { createToken } from './create_token.ts';
export { withFileLock } from './file_lock.ts';
export { hashOf, isTokenText, newTokenText } from './new_token.ts';
export { revokeToken } from './revoke_token.ts';
export { TokenError } from './token_error.ts';
export { changeTokens } from './token_store.ts';
