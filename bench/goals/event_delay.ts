import { setTimeout as sleep } from 'node:timers/promises';
import { keyOfToken, typeSubjects } from '@muster/contracts';
import { Pool } from 'undici';
import type { Measure } from '../bench.ts';
import { sendAtRate } from '../open_loop.ts';
import { judgeLimit } from '../report.ts';
import { percentile } from '../statistics.ts';

const PER_SECOND = 100;
const WARM_UP_SECONDS = 1;
const CONNECTIONS = 16;
const ARRIVED_WITHIN_MS = 5_000;

/**
 * P10: how long an event takes to a subscriber of the log's subjects, at 100 creates/s: from when the create was due to be sent, which is
 * judged, and from its answer, which is told.
 */
export const eventDelay: Measure = async ({ stage, log, extent, signal, wrong }) => {
  const arrived = new Map<string, number>();
  const subscription = log.connection.subscribe(typeSubjects('assembler'), {
    callback: (error, { subject }) => {
      if (error !== null) return;
      const slug = keyOfToken(subject.split('.')[2] ?? '');
      if (!arrived.has(slug)) arrived.set(slug, performance.now());
    },
  });
  await log.connection.flush();
  const pool = new Pool(stage.process('assemblers').url ?? '', { connections: CONNECTIONS });
  const due = new Map<string, number>();
  const answered = new Map<string, number>();
  const headers = { authorization: `Bearer ${stage.farm.token}`, 'content-type': 'application/json' };
  const sending = (series: string) => async (nth: number, at: number) => {
    const slug = `${series}-${nth}`;
    due.set(slug, at);
    const body = JSON.stringify({ slug, name: `Delayed ${slug}` });
    const answer = await pool.request({ method: 'POST', path: '/v1/assemblers.json', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200)
      throw new Error(`the create of ${slug} answered ${answer.statusCode} ${text}`);
    answered.set(slug, performance.now());
  };
  const seconds = extent.steadySeconds * 2;
  await sendAtRate({ perSecond: PER_SECOND, seconds: WARM_UP_SECONDS, signal }, sending('warm'));
  const { problems } = await sendAtRate({ perSecond: PER_SECOND, seconds, signal }, sending('delay'));
  for (const problem of problems) wrong(`P10: ${problem}`);
  const slugs = [...answered.keys()].filter((slug) => slug.startsWith('delay-'));
  const end = performance.now() + ARRIVED_WITHIN_MS;
  while (performance.now() < end && !slugs.every((slug) => arrived.has(slug))) await sleep(20);
  subscription.unsubscribe();
  await pool.close();
  const lost = slugs.filter((slug) => !arrived.has(slug));
  if (lost.length > 0)
    wrong(`P10: ${lost.length} events did not reach the subscriber, the first: ${lost[0]}`);
  const came = slugs.filter((slug) => arrived.has(slug));
  const sinceSent = came.map((slug) => arrived.get(slug)! - due.get(slug)!);
  const sinceAnswer = came.map((slug) => arrived.get(slug)! - answered.get(slug)!);
  return ([50, 99] as const).map((percent) =>
    judgeLimit(
      {
        goal: 'P10',
        what: `sent to event at a subscriber, p${percent}`,
        figures: `${percentile(sinceAnswer, percent).toFixed(1)} ms after the answer`,
      },
      percentile(sinceSent, percent),
      { limit: percent === 50 ? 10 : 50, unit: 'ms' },
    ),
  );
};
