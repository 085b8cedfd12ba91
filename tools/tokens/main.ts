import { join } from 'node:path';
import { runCommand } from './run_command.ts';
import { TokenError } from './token_error.ts';

try {
  await runCommand(process.argv.slice(2), {
    // npm runs us in the repository's folder and tells where it was called.
    from: process.env.INIT_CWD || process.cwd(),
    repository: join(import.meta.dirname, '..', '..'),
    env: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
    say: (line) => process.stderr.write(`${line}\n`),
  });
} catch (error) {
  process.stderr.write(`${error instanceof TokenError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof TokenError ? 2 : 1;
}
