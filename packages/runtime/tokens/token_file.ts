import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { parseTokenFile } from '@muster/contracts';
import type { Logger } from '../process/log.ts';
import { type FindToken, tokenFinder } from './find_token.ts';

/** The tokens of a file, by their text; a change of the file is seen within a second. */
export type TokenFile = { readonly find: FindToken; readonly close: () => void };

/** How often the file is looked at, in ms. */
const LOOK_MS = 500;

/**
 * Opens the file of token hashes, which is read for the first write, or else half a second later: a service's first answer need not wait for
 * it. While it is missing or cannot be read, the tokens read last go on counting, and the log says so.
 */
export function openTokenFile(path: string, log: Logger): TokenFile {
  let find: FindToken = () => undefined;
  let isRead = path === '';
  const read = (): void => {
    isRead = true;
    try {
      find = tokenFinder(parseTokenFile(readFileSync(path, 'utf8')));
    } catch (error) {
      log.error(
        { err: error, path },
        'the file of tokens cannot be read: the tokens read last go on counting',
      );
    }
  };
  const readFirst = () => {
    if (!isRead) read();
  };
  const soon = setTimeout(readFirst, LOOK_MS).unref();
  if (path !== '') watchFile(path, { interval: LOOK_MS, persistent: false }, read);
  return {
    find: (text) => {
      readFirst();
      return find(text);
    },
    close: () => {
      clearTimeout(soon);
      // Without its own function it would end everybody's watch of the same file.
      unwatchFile(path, read);
    },
  };
}
