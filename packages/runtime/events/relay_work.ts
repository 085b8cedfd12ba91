import { recordSubject } from '@muster/contracts';
import type { Db } from 'mongodb';
import type { Logger } from 'pino';
import { mongoUnavailable } from '../mongo/errors.ts';
import type { Publication } from '../nats/cloud_event.ts';
import { openLogPublisher } from '../nats/log_publisher.ts';
import { inboxOf } from '../nats/open_nats.ts';
import type { StreamStatus } from '../nats/streams.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Start } from './choose_start.ts';
import type { Findings } from './find_start.ts';
import { type Lanes, openLanes } from './in_order.ts';
import { type KnownVersions, openKnownVersions } from './known_versions.ts';
import { publishToLog, publishVersion } from './publish_version.ts';
import type { RelayProgress } from './relay_progress.ts';
import { namesOf, type OnCreated, type Publisher, toPublication } from './relayed.ts';
import type { Session } from './sessions.ts';
import { openSweep, type Sweep } from './sweep.ts';

/** What a relay's sessions share. */
export type RelayDeps = {
  readonly db: Db;
  readonly publisher: Publisher;
  readonly checkpoints: Checkpoints;
  readonly progress: RelayProgress;
  readonly findings: Findings;
  readonly replicas: number;
  readonly onCreated: OnCreated | undefined;
  readonly log: Logger;
};

/** A version on its way; `toleratesGaps` while rewinding could not bring what is missing before it. */
type Item = { readonly publication: Publication; readonly toleratesGaps: boolean };

/** What is under way in a session; `failure` ends it. */
export type Work = {
  readonly streams: StreamStatus;
  readonly start: Start;
  readonly known: KnownVersions;
  readonly lanes: Lanes<Item>;
  readonly close: () => void;
  failure?: unknown;
};

const IN_FLIGHT = 256;

/** Opens a session's lanes, one per record, which end in the log. */
export async function openWork(
  { nc }: Session,
  { streams, start, deps }: { streams: StreamStatus; start: Start; deps: RelayDeps },
): Promise<Work> {
  const known = await openKnownVersions(nc);
  const publisher = openLogPublisher(nc, inboxOf(deps.publisher.service));
  const end = { seq: streams.lastSeq };
  const turnEnds = endsOfTurns();
  const lanes = openLanes<Item>({
    limit: IN_FLIGHT,
    // What an earlier session knew is not taken over: the log may have lost since what it had then.
    start: { token: start.token, seq: start.seq, id: start.id, at: Number.NEGATIVE_INFINITY },
    onError(error) {
      work.failure ??= error;
    },
    async work({ publication, toleratesGaps }) {
      const published = publishVersion(publication, {
        known,
        async publish(message, lastSeq) {
          await turnEnds();
          return publishToLog(message, { log: publisher, lastSeq, end });
        },
        toleratesGaps,
        counts: deps.progress,
      });
      if (publication.v === publication.born) await Promise.all([published, follow(publication, deps)]);
      return await published;
    },
  });
  const work: Work = { streams, start, known, lanes, close: publisher.close };
  return work;
}

async function follow(publication: Publication, { onCreated, log }: RelayDeps): Promise<void> {
  try {
    await onCreated?.(publication);
  } catch (error) {
    if (mongoUnavailable(error) !== undefined) throw error;
    log.error({ err: error, subject: laneOf(publication) }, 'what follows from a change could not be done');
  }
}

/** Makes a function that waits for the end of the event loop's turn: what is sent to NATS together then goes in one write. */
function endsOfTurns(): () => Promise<void> {
  let end: Promise<void> | undefined;
  return () => {
    end ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      end = undefined;
    });
    return end;
  };
}

/** The lane of a version: its record's, which is its subject. */
export const laneOf = ({ type, key }: Publication): string => recordSubject(type, key);

/** The sweep that a session has to make: of streams that were never compared with the collections, or lost something. */
export async function sweepIfDue(
  { start, streams, known, lanes }: Work,
  deps: RelayDeps,
): Promise<Sweep | undefined> {
  const { db, publisher } = deps;
  const swept = await deps.checkpoints.swept();
  const isSame = swept?.epoch === streams.epoch && swept.stateEpoch === streams.stateEpoch;
  if (isSame && !start.isFirst) return undefined;
  return openSweep(db, {
    collections: namesOf(publisher),
    toPublication: (collection, doc) => toPublication(publisher, { collection, doc }),
    async ask(publication) {
      const asked = known.ask(laneOf(publication));
      // That the log has a version does not tell that what follows from it was done.
      if (publication.state !== null) await Promise.all([asked, follow(publication, deps)]);
      const found = await asked;
      // What the log has already is not brought there again, so its place would be known to nobody.
      lanes.reached(found);
      return found;
    },
    async publish(publications) {
      for (const publication of publications) {
        await lanes.push(laneOf(publication), { publication, toleratesGaps: true });
      }
      await lanes.idle();
    },
  });
}
