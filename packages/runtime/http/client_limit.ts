import { isIPv6 } from 'node:net';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** How often a client may do something; both tell the seconds to wait where it was too often, else undefined. */
export type ClientLimit = {
  /** Counts once more, or so many times. */
  readonly take: (address: string, times?: number) => Promise<number | undefined>;
  /** Only looks. */
  readonly used: (address: string) => Promise<number | undefined>;
};

/** The clients that are counted at once; beyond them, the one that was longest silent is forgotten. */
const MOST_CLIENTS = 10_000;

/** Makes a limit of so many times a minute for each client, by its address; 0 for no limit. */
export function clientLimit(perMinute: number, mostClients = MOST_CLIENTS): ClientLimit {
  if (perMinute === 0) return { take: async () => undefined, used: async () => undefined };
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  const clients = new Set<string>();
  const remember = async (client: string): Promise<void> => {
    clients.delete(client);
    clients.add(client);
    const [oldest] = clients;
    if (clients.size <= mostClients || oldest === undefined) return;
    clients.delete(oldest);
    await limiter.delete(oldest);
  };
  return {
    take: async (address, times = 1) => {
      const client = clientOf(address);
      await remember(client);
      return limiter.consume(client, times).then(
        () => undefined,
        (refused: RateLimiterRes) => secondsOf(refused),
      );
    },
    used: async (address) => {
      const state = await limiter.get(clientOf(address));
      return state !== null && state.consumedPoints >= perMinute ? secondsOf(state) : undefined;
    },
  };
}

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1_000));

/** Who counts as one client: an address, or of IPv6 the network of 64 bits, since one host may take any address of it. */
function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain.slice(0, 64);
  const [before = '', after] = plain.split('::');
  const groups = before.split(':').filter((group) => group !== '');
  const behind =
    after === undefined || after === '' ? 0 : after.split(':').length + (after.includes('.') ? 1 : 0);
  while (groups.length < 8 - behind) groups.push('0');
  const network = [...groups, ...(after ?? '').split(':')].slice(0, 4);
  return network.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
