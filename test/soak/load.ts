import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Farm } from '@muster/dev';
import { type Answer, exchange } from '../http_exchange.ts';
import { numbersFrom } from '../numbers_from.ts';

/** Sends one request more, and waits for its end. @throws {Error} for an answer that is none of those that it may have */
export type SendOne = () => Promise<void>;

/** So many names are written to, so that the databases do not grow while it goes on. */
const NAMES = 50;

const index = 'GET /api/v1/tags/ HTTP/1.1\r\nHost: a\r\n\r\n';
const one = 'GET /api/v1/tags/soak-1 HTTP/1.1\r\nHost: a\r\n\r\n';
const half = `PUT /api/v1/tags/half HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"a":"${'a'.repeat(30_000)}`;

/** A load of a farm's whole API: of 80 requests 69 read, 4 write, 3 are refused, and 4 clients hang up. */
export async function soakLoad(farm: Farm): Promise<SendOne> {
  const random = numbersFrom(1);
  const pick = (count: number) => Math.floor(random() * count);
  const headers = { authorization: `Bearer ${farm.token}`, 'content-type': 'application/json' };
  const ask = async (
    method: string,
    path: string,
    json: object | undefined,
    ...allowed: number[]
  ): Promise<Answer> => {
    const answer = await exchange(farm.url, {
      method,
      path,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    if (!allowed.includes(answer.status))
      throw new Error(`${method} ${path} → ${answer.status} ${answer.text}`);
    return answer;
  };
  const jobs: number[] = [];
  for (let at = 0; at < NAMES; at += 1) {
    const { body } = await ask('POST', '/api/v1/jobs/', { title: `soak ${at}` }, 201);
    jobs.push((body as { id: number }).id);
    await ask('PUT', `/api/v1/tags/soak-${at}`, { jobs: jobs.slice(-3) }, 201);
    await ask('POST', '/v1/assemblers.json', { slug: `soak-${at}`, name: `soak ${at}` }, 200, 422);
  }
  const tag = () => `/api/v1/tags/soak-${pick(NAMES)}`;
  const assembler = () => `/v1/assemblers/soak-${pick(NAMES)}.json`;
  const job = () => jobs[pick(NAMES)]!;

  const hangUp = async () => {
    const socket = connect(Number(new URL(farm.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await once(socket, 'connect');
    const kind = pick(4);
    socket.write([index, one, 'GET\r\n\r\n', half][kind]!);
    if (kind === 0) await Promise.race([once(socket, 'data').catch(() => {}), gone]);
    else await sleep(pick(5));
    if (pick(2) === 0) socket.resetAndDestroy();
    else socket.destroy();
    await gone;
  };
  const kinds: readonly (() => Promise<unknown>)[] = [
    ...Array.from({ length: 4 }, () => hangUp),
    () => ask('POST', '/api/v1/tags/', { tag: pick(99), [`x${pick(1e9)}`]: 1 }, 400),
    () => ask('GET', `/v1/assemblers.json?per_page=${50 + pick(1e6)}x`, undefined, 422),
    () => ask('GET', `/api/v1/tags/none-${pick(1e9)}`, undefined, 404),
    () => ask('PUT', tag(), { jobs: [job()] }, 201),
    () => ask('POST', `${tag()}/jobs/`, { job_id: job() }, 200, 201),
    () => ask('DELETE', `${tag()}/jobs/${job()}`, undefined, 204),
    () => ask('PATCH', assembler(), { name: `soak ${pick(1e9)}` }, 200, 204),
    ...Array.from({ length: 22 }, () => () => ask('GET', tag(), undefined, 200)),
    ...Array.from({ length: 23 }, () => () => ask('GET', assembler(), undefined, 200)),
    ...Array.from({ length: 23 }, () => () => ask('GET', `/api/v1/jobs/${job()}`, undefined, 200)),
    () => ask('GET', '/v1/assemblers.json?per_page=5', undefined, 200, 206),
  ];
  return async () => void (await kinds[pick(kinds.length)]!());
}
