import { ensureStreams } from '../nats/streams.ts';
import { type ChangeTail, HistoryLost, openTail, type TailedChange } from './change_tail.ts';
import { findStart } from './find_start.ts';
import { keepPositions } from './keep_positions.ts';
import { VersionGap } from './publish_version.ts';
import { laneOf, openWork, type RelayDeps, sweepIfDue, type Work } from './relay_work.ts';
import { namesOf, toPublication } from './relayed.ts';
import { openHeartbeat } from './send_heartbeats.ts';
import type { Session } from './sessions.ts';
import { watchLog } from './watch_log.ts';

/**
 * Publishes the changes of a service's records for as long as one connection lasts: from the newest checkpoint that the log
 * bears out, and after that, where needed, what only the collections themselves can tell.
 *
 * @throws whatever ended it, unless it was asked to stop.
 */
export async function runRelaySession(session: Session, deps: RelayDeps): Promise<void> {
  const { db, checkpoints, log } = deps;
  const collections = namesOf(deps.publisher);
  const streams = await ensureStreams(session.nc, { replicas: deps.replicas });
  const start = await findStart(session, { streams, deps: { ...deps, collections } });
  const work = await openWork(session, { streams, start, deps });
  const { position, idle } = work.lanes;
  const tail = openTail(db, { collections, after: start.token });
  const mayStillSave = () => !session.ended.aborted || session.stopping.aborted;
  const keep = keepPositions({ position, start, epoch: streams.epoch, mayStillSave, checkpoints, log });
  const onLoss = (error: unknown) => {
    work.failure ??= error;
  };
  const unwatch = watchLog(session.nc, { streams, reach: position, onLoss, log });
  try {
    await follow(tail, { work, session, deps });
    await idle();
  } catch (error) {
    work.failure ??= error;
  } finally {
    unwatch();
    work.close();
    await keep(work.failure === undefined && session.stopping.aborted);
    await tail.close().catch(() => {});
    deps.progress.inFlight = 0;
  }
  if (work.failure !== undefined) {
    learn(work, deps);
    throw work.failure;
  }
}

async function follow(
  tail: ChangeTail,
  { work, session, deps }: { work: Work; session: Session; deps: RelayDeps },
): Promise<void> {
  const { lanes, start } = work;
  const { progress, publisher, log } = deps;
  const beat = openHeartbeat(session.nc, { service: publisher.service, position: lanes.position, log });
  let sweep = await sweepIfDue(work, deps);
  while (work.failure === undefined && !session.ended.aborted) {
    const askedAt = Date.now();
    const change = await tail.next();
    progress.inFlight = lanes.underWay();
    if (change === null) lanes.pass({ token: tail.token(), at: askedAt });
    // Until a sweep is done, the log may lack what changed before the change stream's beginning.
    if (sweep === undefined) {
      progress.caughtUpAt = lanes.position().at;
      beat();
    }
    // A busy service may never be told that there is nothing more; a late enough change tells as much.
    const isDue = change === null || sweep?.isPassedBy(change.time);
    // From the very first token, what is missing before a version cannot be had by going back further.
    const toleratesGaps = start.isFirst && sweep !== undefined;
    if (isDue && sweep !== undefined && !(await sweep.step())) {
      await deps.checkpoints.saveSwept(work.streams);
      progress.sweeps += 1;
      sweep = undefined;
    }
    if (change !== null) await take(change, { work, deps, toleratesGaps });
  }
}

async function take(
  change: TailedChange,
  { work, deps, toleratesGaps }: { work: Work; deps: RelayDeps; toleratesGaps: boolean },
): Promise<void> {
  const publication = toPublication(deps.publisher, change);
  if (publication === undefined) {
    deps.log.error({ collection: change.collection }, 'relay: a change of something that is no record');
    return;
  }
  const place = { token: change.token, at: publication.at.getTime() };
  await work.lanes.push(laneOf(publication), { publication, toleratesGaps }, place);
}

/** Keeps for the next session what a failure tells about where to start. */
function learn({ failure, start }: Work, { findings }: RelayDeps): void {
  if (failure instanceof HistoryLost) findings.isHistoryLost = true;
  // The checkpoint that this session started from did not help, so the next one goes further back at any rate.
  if (failure instanceof VersionGap) findings.below = Math.min(failure.seq, start.seq - 1);
}
