import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCommand } from './run_command.ts';

/** A folder that is gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-token-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A command line in a folder of its own, with what came out of it. */
export function commandLine(env: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  return {
    folder,
    /** Runs a command, its arguments parted by blanks. @throws what the command throws */
    run: async (line: string) => {
      const [printed, said]: [string[], string[]] = [[], []];
      await runCommand(line.split(' '), {
        ...{ from: folder, repository: folder, env },
        print: (text) => void printed.push(text),
        say: (text) => void said.push(text),
      });
      return { printed: printed.join('\n'), said: said.join('\n') };
    },
  };
}
