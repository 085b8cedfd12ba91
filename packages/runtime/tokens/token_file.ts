import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { parseTokenFile } from '@muster/contracts';
import type { Logger } from '../process/log.ts';
import { type FindToken, tokenFinder } from './find_token.ts';

/** The tokens of a file, by their text; a change of the file is seen within a second. */
export type TokenFile = { readonly find: FindToken; readonly close: () => void };

/** How often the file is looked at, in ms. */
const LOOK_MS = 500;

/**
 * Opens the file of token hashes. While it is missing or cannot be read, the tokens read last go on counting, and the log says so.
 */
export function openTokenFile(path: string, log: Logger): TokenFile {
  let find: FindToken = () => undefined;
  const read = (): void => {
    try {
      find = tokenFinder(parseTokenFile(readFileSync(path, 'utf8')));
    } catch (error) {
      log.error(
        { err: error, path },
        'the file of tokens cannot be read: the tokens read last go on counting',
      );
    }
  };
  if (path !== '') {
    read();
    watchFile(path, { interval: LOOK_MS, persistent: false }, read);
  }
  return {
    find: (text) => find(text),
    // Without its own function it would end everybody's watch of the same file.
    close: () => unwatchFile(path, read),
  };
}
