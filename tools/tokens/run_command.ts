import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCOPES } from '@muster/contracts';
import { createToken } from './create_token.ts';
import { idOf } from './new_token.ts';
import { revokeToken } from './revoke_token.ts';
import { showTokens } from './show_tokens.ts';
import { TokenError } from './token_error.ts';
import { readTokens } from './token_store.ts';

/** Where the command runs: the folder it was called in, the repository's own, its environment, and its two outputs. */
export type Console = {
  readonly from: string;
  readonly repository: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: a token or the list, and nothing else. */
  readonly print: (line: string) => void;
  /** Standard error: everything that is said to people. */
  readonly say: (line: string) => void;
};

// Printed for --help, and after a command that cannot be understood.
const usage = `npm run token -- create --scope tags:write [--scope …] [--days 90 | --expires 2027-01-31 | --never] [--name text]
npm run token -- list
npm run token -- revoke <id or name>

With --file <path>, or TOKENS_FILE set, in that file instead of the embedded farm's (.muster/tokens.json).
Scopes: ${SCOPES.join(' ')}
To hand the token on to another command: npm run --silent token -- create … | …`;

const options = {
  scope: { type: 'string', multiple: true },
  days: { type: 'string' },
  expires: { type: 'string' },
  never: { type: 'boolean' },
  name: { type: 'string' },
  file: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const ofCreate = ['scope', 'days', 'expires', 'never', 'name'] as const;

/**
 * Does what the arguments ask for.
 *
 * @throws {TokenError} that says what is wrong and what to do next; nothing was changed then.
 */
export async function runCommand(args: readonly string[], console: Console): Promise<void> {
  const { values, positionals } = parsed(args);
  if (values.help || positionals[0] === 'help') return console.say(usage);
  const [command, ...rest] = positionals;
  const { file, isFarms } = fileOf(values.file, console);
  const foreign = command === 'create' ? [] : ofCreate.filter((name) => values[name] !== undefined);
  const takes = command === 'revoke' ? 1 : 0;
  if (command !== 'create' && command !== 'list' && command !== 'revoke') {
    throw new TokenError(
      `${command === undefined ? 'No command' : `Unknown command ${command}`}.\n\n${usage}`,
    );
  }
  if (foreign.length > 0) throw new TokenError(`${command} takes no --${foreign[0]}.\n\n${usage}`);
  if (rest.length !== takes || rest.includes('')) {
    const what = takes === 0 ? `${command} takes no ${rest[0]}` : 'revoke takes one id or name';
    throw new TokenError(`${what}.\n\n${usage}`);
  }
  if (command === 'create') {
    if (isFarms) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return create(file, { ...values, scopes: values.scope ?? [] }, console);
  }
  const tokens = await readTokens(file);
  if (tokens === undefined) {
    throw new TokenError(
      `There is no file ${file}. Make a first token with: npm run token -- create --scope tags:write\nOr name another file with --file or TOKENS_FILE.`,
    );
  }
  if (command === 'list') return console.print(showTokens(tokens));
  const revoked = await revokeToken(file, rest[0]!);
  console.say(`Revoked ${idOf(revoked)} (${revoked.name}). Running services refuse it within a second.`);
}

async function create(
  file: string,
  wish: Parameters<typeof createToken>[1],
  console: Console,
): Promise<void> {
  const { text, stored } = await createToken(file, wish);
  const until = stored.expires === null ? 'has no end' : `expires ${stored.expires}`;
  console.say(`Token ${stored.id} (${stored.name}) for ${stored.scopes.join(', ')} ${until}.`);
  console.say(
    `Only its hash is kept, in ${nearest(file, console.from)}: this is the one time that it is shown.`,
  );
  console.print(text);
}

function fileOf(given: string | undefined, { from, repository, env }: Console) {
  const named = given ?? env.TOKENS_FILE;
  if (named) return { file: resolve(from, named), isFarms: false };
  const home = env.MUSTER_HOME ? resolve(from, env.MUSTER_HOME) : join(repository, '.muster');
  return { file: join(home, 'tokens.json'), isFarms: true };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new TokenError(`${(error as Error).message}\n\n${usage}`);
  }
}

function nearest(path: string, from: string): string {
  const short = relative(from, path);
  return short.startsWith('..') ? path : short;
}
