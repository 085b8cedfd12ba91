import { setTimeout as sleep } from 'node:timers/promises';
import { type Doubled, doubled, type FaultFarm } from './farm.ts';
import type { LinkMode } from './proxies.ts';
import { cutOplog, fillStore, rollBackStore, wipeStore } from './store_faults.ts';
import type { Random } from './world.ts';

/** A fault made ready: what it keeps others away from, and its course, after which all is as it was before. */
export interface Planned {
  readonly kind: string;
  /** What exactly is broken, for people. */
  readonly on: string;
  /** Processes and links that no other fault may touch meanwhile. */
  readonly locks: readonly string[];
  /** True when the client's own way to the farm is broken. */
  readonly hidesGateway: boolean;
  run(farm: FaultFarm, marks: Marks): Promise<void>;
}

/** What a fault tells of itself that the checker has to know. */
export interface Marks {
  /** Until then, in ms since 1970, the log may have lost versions for good. */
  cutUntil: number;
}

/** Where a fault's numbers come from, and how long the run is, in s. */
interface FaultOptions {
  readonly random: Random;
  readonly seconds: number;
  /** Part of the name of what is to be broken; any when left off. */
  readonly match?: string | undefined;
}

type Make = (options: FaultOptions) => Planned;

const one = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
const between = (random: Random, from: number, to: number) => from + random() * (to - from);
const instance = ({ random, match = '' }: FaultOptions): string =>
  one(
    random,
    doubled.flatMap((name) => [name, `${name}-2`]).filter((name) => name.includes(match)),
  );

/** What a broken process makes unreachable, so that two faults do not answer for one another. */
const locksOf = (name: string): string[] => [name, ...linksTo(name), ...linksFrom(name)];
const linksTo = (name: string) =>
  name === 'gateway' ? ['client→gateway'] : [`gateway→${name}`, ...doubled.map((from) => `${from}→${name}`)];
const linksFrom = (name: string) => {
  const service = doubled.find((one) => name === one || name === `${one}-2`);
  return service === undefined ? [] : [`${service}→mongod`, `${service}→nats-server`];
};

function kill(name: string, { random }: FaultOptions, signal: NodeJS.Signals = 'SIGKILL'): Planned {
  const away = between(random, 100, 1_500);
  return {
    kind: signal === 'SIGTERM' ? 'drain' : `kill ${kindOf(name)}`,
    on: name,
    locks: locksOf(name),
    hidesGateway: name === 'gateway',
    async run(farm) {
      await farm.process(name).stop(signal);
      await sleep(away);
      await farm.process(name).start();
    },
  };
}

/** Longer than the lease of a relay, the wait for an acknowledgement, and the window in which the log knows a message again. */
function freeze(name: string, { random }: FaultOptions): Planned {
  const away = between(random, 3_200, 5_000);
  return {
    kind: `stop ${kindOf(name)}`,
    on: name,
    locks: locksOf(name),
    hidesGateway: name === 'gateway',
    async run(farm) {
      const { pid } = farm.process(name);
      process.kill(pid, 'SIGSTOP');
      await sleep(away);
      process.kill(pid, 'SIGCONT');
    },
  };
}

function breakLink(mode: LinkMode, { random, match = '' }: FaultOptions): Planned {
  const links = [
    ...doubled.flatMap((service) => [
      `${service}→mongod`,
      `${service}→nats-server`,
      `gateway→${service}`,
      `gateway→${service}-2`,
    ]),
    'client→gateway',
  ].filter((name) => name.includes(match));
  const link = one(random, links);
  const away = between(random, 1_000, 5_000);
  return {
    kind: mode.replace('_', '-'),
    on: link,
    locks: [link],
    hidesGateway: link === 'client→gateway',
    async run(farm) {
      farm.links.set(link, mode);
      await sleep(away);
      farm.links.set(link, 'open');
    },
  };
}

function both(service: Doubled, awayMs: number): Planned {
  const names = [service, `${service}-2`];
  return {
    kind: `${service} away`,
    on: service,
    locks: names.flatMap(locksOf),
    hidesGateway: false,
    async run(farm) {
      await Promise.all(names.map((name) => farm.process(name).stop('SIGKILL')));
      await sleep(awayMs);
      await Promise.all(names.map((name) => farm.process(name).start()));
    },
  };
}

const onStore = (
  kind: string,
  run: Planned['run'],
  locks: readonly string[] = locksOf('nats-server'),
): Planned => ({ kind, on: 'nats-server', locks, hidesGateway: false, run });

const kindOf = (name: string) => (/^(mongod|nats-server|gateway)$/.test(name) ? name : 'service');

/** Every kind of fault by name; `kill_service:tags` is one that strikes where the name has `tags` in it. */
export const faults: Readonly<Record<string, Make>> = {
  kill_mongod: (options) => kill('mongod', options),
  kill_nats: (options) => kill('nats-server', options),
  kill_service: (options) => kill(instance(options), options),
  kill_gateway: (options) => kill('gateway', options),
  stop_mongod: (options) => freeze('mongod', options),
  stop_nats: (options) => freeze('nats-server', options),
  stop_service: (options) => freeze(instance(options), options),
  stop_gateway: (options) => freeze('gateway', options),
  cut: (options) => breakLink('cut', options),
  half_open: (options) => breakLink('half_open', options),
  slow: (options) => breakLink('slow', options),
  hung: (options) => breakLink('hung', options),
  one_way: (options) => breakLink('one_way', options),
  drain: (options) => kill(instance(options), options, 'SIGTERM'),
  registry_away: ({ seconds }) => both('registry', Math.min(20, seconds / 6) * 1_000),
  roll_back: () => onStore('store rolled back', rollBackStore),
  wipe: () => onStore('store wiped', wipeStore),
  fill: () => onStore('store full', fillStore),
  cut_oplog({ random }) {
    const service = one(random, doubled);
    const locks = ['mongod', ...locksOf(service), ...locksOf(`${service}-2`)];
    return { ...onStore('oplog cut', (farm, marks) => cutOplog(farm, service, marks), locks), on: service };
  },
};
