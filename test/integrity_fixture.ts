import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** A row of the read model as it is stored. */
export type Row = { _id: string; live: boolean; v: number; born: number; label: string | null };
/** A record of which its owner and its copy tell different things. */
type Difference = { id: string; owner: object | null; read_model: object | null };

/** What a comparison answers. */
export type Comparison = {
  equal: boolean;
  position: number;
  kinds: Record<string, { owner: number; read_model: number; differing: Difference[] }>;
};

/** What a repair answers. */
export type Repair = { healed: number; kinds: Record<string, { healed: Difference[]; left: string[] }> };

/** The records that a comparison names, as keys of the read model. */
export const named = ({ kinds }: Comparison): string[] =>
  Object.entries(kinds)
    .flatMap(([kind, { differing }]) => differing.map(({ id }) => `${kind}:${id}`))
    .sort();

/** Runs the command; its exit code and what it wrote. */
export const command = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const main = join(import.meta.dirname, '..', 'tools', 'integrity', 'main.ts');
    execFile(
      process.execPath,
      [main, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out: `${out}${err}` }),
    );
  });
