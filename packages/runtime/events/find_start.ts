import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import type { StreamStatus } from '../nats/streams.ts';
import { reachesBack, tokenOfNow } from './change_tail.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import { chooseStart, type Start } from './choose_start.ts';
import type { RelayProgress } from './relay_progress.ts';
import type { Session } from './sessions.ts';
import { isStillThere } from './still_there.ts';

/** What a session found out for the next one: a version is missing beyond `below`, or the oplog no longer reaches back. */
export type Findings = { below?: number | undefined; isHistoryLost?: boolean };

type Deps = {
  readonly db: Db;
  readonly collections: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly findings: Findings;
  readonly progress: RelayProgress;
  readonly log: Logger;
};

type PlaceDeps = Pick<Deps, 'db' | 'collections' | 'checkpoints'>;

/** Keeps a token of now as the very first one, unless there is one. */
async function saveFirstToken({ db, collections, checkpoints }: PlaceDeps): Promise<void> {
  const known = await checkpoints.list();
  if (known.length === 0) await checkpoints.saveFirst(await tokenOfNow(db, collections));
}

/**
 * Sees to it that there is a checkpoint which the oplog reaches back to: then whatever changes from now on will be published. Where
 * it was cut beyond the newest one, the relay begins anew, from now, and compares what was before with the log.
 */
export async function keepAPlace(deps: PlaceDeps): Promise<void> {
  const { db, collections, checkpoints } = deps;
  await saveFirstToken(deps);
  const known = await checkpoints.list();
  const first = known.find(({ _id }) => _id === 'first');
  if (first === undefined || (await reachesBack(db, { collections, after: known[0]?.token }))) return;
  await checkpoints.restartFrom(first.token, await tokenOfNow(db, collections));
}

/** Finds where to start from, and forgets the checkpoints that are no longer true. */
export async function findStart(
  session: Session,
  { streams, deps }: { streams: StreamStatus; deps: Deps },
): Promise<Start> {
  const { checkpoints, findings, progress, log } = deps;
  if (findings.isHistoryLost) {
    log.error('relay: the oplog no longer reaches back to where it stopped; comparing whole collections');
    await checkpoints.restart(await tokenOfNow(deps.db, deps.collections));
    findings.isHistoryLost = false;
  }
  await saveFirstToken(deps);
  const known = await checkpoints.list();
  const start = await chooseStart(known, {
    streams,
    below: findings.below,
    isThere: (checkpoint) => isStillThere(session.nc, { reach: checkpoint, streams }),
  });
  if (start === undefined) throw new Error('the very first checkpoint is gone');
  if (start.isRewind) {
    progress.rewinds += 1;
    log.warn({ seq: start.seq, isFirst: start.isFirst, at: start.at }, 'relay: rewinding');
  }
  findings.below = undefined;
  if (start.isFirst) {
    const token = await oldestToken(known, deps);
    await checkpoints.restart(token);
    return { ...start, token };
  }
  if (start.isRewind) await checkpoints.forgetAfter(start.at);
  return start;
}

/** The oldest token that the oplog still reaches back to: what the log lost can be brought again from there on, version by version. */
async function oldestToken(known: readonly Checkpoint[], { db, collections, log }: Deps): Promise<unknown> {
  for (const { token } of known.toReversed()) {
    if (await reachesBack(db, { collections, after: token })) return token;
  }
  log.error('relay: the oplog reaches back to no checkpoint; comparing whole collections');
  return tokenOfNow(db, collections);
}
