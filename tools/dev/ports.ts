import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { FarmError } from './farm_error.ts';

/** The only address that the embedded farm listens on. */
export const loopback = '127.0.0.1';

// Below Linux's range of outgoing ports (32768 up): a client that calls a stopped server there again and again can be given
// the server's own port, connects to itself, and then holds the port when the server comes back.
const lowest = 20_000;
const highest = 31_999;

/** Whether a TCP port can be listened on at the loopback address. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: loopback }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Reserves a port for this process until it ends, by listening on it at another loopback address: what is given a free port listens
 * there seconds later, and until then another process must not be given the same one. False when it is reserved already.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const place = createServer().unref();
    // Systems other than Linux may lack the address; there a port is free when it looks so.
    place.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRINUSE'));
    place.listen({ port, host: '127.0.0.2' }, () => resolve(true));
  });
}

/**
 * A free loopback port outside the range of outgoing connections, given to nobody else while this process lives.
 *
 * @throws {FarmError} when 200 tries find none
 */
export async function freePort(random = Math.random): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = lowest + Math.floor(random() * (highest - lowest + 1));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new FarmError(`No free port found between ${lowest} and ${highest}.`);
}

/** The port that a variable names, or undefined when it is unset or empty. @throws {FarmError} when it is no port */
export function portFrom(variable: string, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[variable];
  if (!text) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new FarmError(`${variable}=${text} is not a port: give a whole number from 1 to 65535.`);
}

/** Refuses a port that cannot be listened on. @throws {FarmError} that names the variable to change */
export async function demandFree(port: number, variable: string): Promise<void> {
  if (await isFree(port)) return;
  const other = await freePort();
  throw new FarmError(
    `Port ${port} on ${loopback} is busy or not allowed (${variable}). ` +
      `End what listens there, or choose another: ${variable}=${other} npm start`,
  );
}

/**
 * One port for each name: the given one, else the one kept in `file` from the last start if it is still free, else a new one.
 * What is chosen is kept, so that addresses stay the same from start to start.
 */
export async function keptPorts<Name extends string>(
  file: string,
  names: readonly Name[],
  given: Partial<Record<Name, number | undefined>> = {},
): Promise<Record<Name, number>> {
  const kept = await readPorts(file);
  const ports: Record<string, number> = {};
  const taken = () => Object.values(ports);
  for (const name of names) {
    const before = given[name] ?? kept[name];
    let port = before !== undefined && (given[name] || (await isFree(before))) ? before : await freePort();
    while (taken().includes(port) && !given[name]) port = await freePort();
    ports[name] = port;
  }
  await writeFile(file, `${JSON.stringify({ ...kept, ...ports }, null, 2)}\n`);
  return ports as Record<Name, number>;
}

async function readPorts(file: string): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
  } catch {
    // Absent at the first start; a damaged file only costs new ports.
    return {};
  }
}
