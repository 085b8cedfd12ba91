import type { RunDetails } from 'fast-check';
import { checkedFetch } from '../checked_fetch.ts';
import type { Finding, Outcome } from './finding.ts';
import type { FuzzFarm } from './fuzz_farm.ts';
import { openLedger } from './ledger.ts';
import { meter } from './meter.ts';
import { properties } from './properties/mod.ts';
import type { World } from './world.ts';

/** How long to go on, in requests; which properties, all unless named; and where in one of them to begin, as a finding tells. */
export interface FastCheckOptions {
  readonly seed: number;
  readonly requests: number;
  readonly only?: readonly string[];
  readonly path?: string;
}

/** Values that each property is tried with in a round. */
const RUNS = 20;

/** Tries every property at once, round after round with a new seed, until so many requests were sent; then looks at what is stored. */
export async function runFastCheck(
  options: FastCheckOptions,
  farm: FuzzFarm,
  say: (line: string) => void,
): Promise<Outcome> {
  const { requests, only = Object.keys(properties) } = options;
  const { send, answered } = meter();
  const fetch = checkedFetch(farm.url, farm.document, farm.token, send);
  const world: World = { fetch, document: farm.document, ledger: openLedger() };
  const findings: Finding[] = [];
  let names = only;
  for (let seed = options.seed; answered().requests < requests && names.length > 0; seed += 1) {
    const found = await Promise.all(names.map((name) => tryOne(name, { ...options, seed }, world)));
    findings.push(...found.flat());
    // A property that fails once would fail again and again.
    names = names.filter((name) => findings.every(({ at }) => at !== name));
    say(`fast-check: ${answered().requests} of ${requests} requests, ${findings.length} findings`);
  }
  const reproduce = `npm run fuzz -- --only fast-check --seed ${options.seed} --requests ${requests}`;
  const wrong = [...(await world.ledger.check(fetch)), ...(await notReady(world))];
  if (wrong.length > 0) {
    const text = [`${wrong.length} times:`, ...wrong.slice(0, 10)].join('\n');
    findings.push({ driver: 'fast-check', at: 'what is stored in the end', text, reproduce });
  }
  return { driver: 'fast-check', ...answered(), findings };
}

async function tryOne(name: string, { seed, path }: FastCheckOptions, world: World): Promise<Finding[]> {
  const found = await properties[name]?.(world, {
    seed,
    numRuns: RUNS,
    ...(path === undefined ? {} : { path }),
  });
  if (found === undefined)
    throw new Error(`There is no property ${name}. Known: ${Object.keys(properties).join()}`);
  if (!found.failed) return [];
  const reproduce = `npm run fuzz -- --only ${name} --seed ${found.seed} --path ${found.counterexamplePath}`;
  return [{ driver: 'fast-check', at: name, text: textOf(found), reproduce }];
}

function textOf({ counterexample, errorInstance }: RunDetails<unknown>): string {
  const given = visible(JSON.stringify(counterexample) ?? '').slice(0, 1_000);
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `${visible(reason).slice(0, 2_000)}\nGiven: ${given}`;
}

/** A text with everything escaped that a terminal would not show as it is. */
const visible = (text: string): string =>
  text.replaceAll(/(?!\n)[\p{C}\p{M}]/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);

/** Every service goes on serving. */
async function notReady({ fetch }: World): Promise<string[]> {
  const { status, text } = await fetch('GET', '/readyz');
  return status === 200 && !text.includes('away') ? [] : [`/readyz: ${status} ${text}`];
}
