import { setTimeout as sleep } from 'node:timers/promises';
import { checkedFetch } from '../checked_fetch.ts';
import { numbersFrom } from '../numbers_from.ts';
import { type Answers, readAnswers } from '../rebuild.ts';
import { danglingTaggings, storedVersions } from '../stored_versions.ts';
import { countMessages, readStream, type SeenChange } from '../subscriber.ts';
import { check } from './check/check.ts';
import { type FaultFarm, startFaultFarm } from './farm.ts';
import { faults } from './faults.ts';
import { followArrivals } from './follower.ts';
import type { Anomaly, Operation } from './history.ts';
import { startLoad } from './load.ts';
import { findBehind } from './read_models.ts';
import { findSlow, type Recovery, recoveries } from './recovery.ts';
import { makeSchedule } from './schedule.ts';
import { sender } from './sender.ts';
import { shortenMemory } from './store_faults.ts';
import { makeWorld } from './world.ts';

/** What is run: how long, from which seed, with which kinds of fault, and with what in the services' environment. */
export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly kinds?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Requests a second. */
  readonly rate?: number;
  readonly say?: (line: string) => void;
}

/** What a run brought to light. */
export interface Run {
  readonly operations: readonly Operation[];
  readonly log: readonly SeenChange[];
  readonly anomalies: readonly Anomaly[];
  readonly recoveries: readonly Recovery[];
  /** How long the read models took to converge after each round, in ms. */
  readonly converged: readonly number[];
  /** From the answer of a write to its event at a subscriber, in ms; negative where the event was first. */
  readonly lags: readonly number[];
  readonly home: string;
}

/** A round of load and faults, in ms; after each the farm must come to rest. */
const ROUND_MS = 30_000;
/** How long that may take, in ms. */
const REST_MS = 20_000;

/** Runs a farm, breaks it for so many seconds under load, and checks all that it promised. */
export async function runFaults(options: RunOptions): Promise<Run> {
  const { seed, seconds, env = {}, rate = 200, say = () => {}, kinds = Object.keys(faults) } = options;
  const random = numbersFrom(seed);
  const startedAt = Date.now() - performance.now();
  const operations: Operation[] = [];
  const anomalies: Anomaly[] = [];
  const converged: number[] = [];
  const marks = { cutUntil: Number.NEGATIVE_INFINITY };
  say('starting the farm');
  const farm = await startFaultFarm(env, say);
  try {
    await shortenMemory(farm);
    const arrivals = followArrivals(farm.natsUrl);
    const world = makeWorld(random);
    const send = sender(farm.url, farm.document, farm.token);
    const schedule = makeSchedule(farm, { kinds, random, seconds, marks, say });
    const end = performance.now() + seconds * 1_000;
    while (end - performance.now() > 1_000) {
      const load = startLoad(send, { world, rate, note: (operation) => operations.push(operation) });
      await sleep(1_000);
      await schedule.run(Math.min(ROUND_MS, end - performance.now() - 2_000));
      await sleep(2_000);
      await load.stop();
      const rest = await comeToRest(farm);
      converged.push(rest.tookMs);
      anomalies.push(...rest.anomalies);
      say(
        `${operations.length} requests, ${schedule.happened.length} faults, at rest after ${rest.tookMs.toFixed(0)} ms`,
      );
    }
    say('reading all that is there');
    const found = await readAll(farm);
    await arrivals.stop();
    const recovered = recoveries(schedule.happened, operations);
    const gatewayAway = schedule.happened.filter(({ hidesGateway }) => hidesGateway);
    say('checking');
    anomalies.push(
      ...check({ ...found, operations, cutUntil: marks.cutUntil, startedAt, gatewayAway }),
      ...findSlow(recovered),
    );
    const lags = operations.flatMap(({ outcome, traceparent, ended }) => {
      const at = arrivals.at.get(traceparent);
      return outcome === 'done' && at !== undefined ? [at - ended] : [];
    });
    const { home } = farm;
    return { operations, log: found.log, anomalies, recoveries: recovered, converged, lags, home };
  } finally {
    await farm.stop();
  }
}

/** I7, I8: waits until the read models hold what the owners hold, and no relation is left to what is gone. */
async function comeToRest(farm: FaultFarm): Promise<{ tookMs: number; anomalies: Anomaly[] }> {
  const began = performance.now();
  for (;;) {
    const behind = await findBehind(farm.mongodbUrl);
    const dangling = await danglingTaggings(farm.mongodbUrl);
    const tookMs = performance.now() - began;
    if (behind.length + dangling.length === 0) return { tookMs, anomalies: [] };
    if (tookMs > REST_MS) {
      return {
        tookMs,
        anomalies: [
          ...behind.map((text): Anomaly => ({ invariant: 'I7', text })),
          ...dangling.map(
            (text): Anomaly => ({ invariant: 'I8', text: `${text} is stored and holds nothing` }),
          ),
        ],
      };
    }
    await sleep(100);
  }
}

interface Everything {
  readonly log: readonly SeenChange[];
  readonly states: readonly SeenChange[];
  readonly stored: ReadonlyMap<string, number>;
  readonly answers: Answers;
  readonly deadLetters: number;
}

/** Reads log, last states, databases and APIs, until the log has come to its end or does not get there. */
async function readAll(farm: FaultFarm): Promise<Everything> {
  const fetch = checkedFetch(farm.url, farm.document, farm.token);
  const give = performance.now() + REST_MS;
  for (;;) {
    const [log, states, stored] = [
      await readStream(farm.natsUrl, 'FARM'),
      await readStream(farm.natsUrl, 'FARM_STATE'),
      await storedVersions(farm.mongodbUrl),
    ];
    const last = new Map(log.map(({ subject, v }) => [subject, v]));
    const isWhole =
      [...stored].every(([subject, v]) => last.get(subject) === v) && states.length === last.size;
    if (isWhole || performance.now() > give) {
      const answers = await readAnswers(fetch);
      return { log, states, stored, answers, deadLetters: await countMessages(farm.natsUrl, 'FARM_DLQ') };
    }
    await sleep(200);
  }
}
