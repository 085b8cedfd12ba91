import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiCodes, type PubAck } from '@nats-io/jetstream';
import { type OutgoingMessage, type Publication, toMessage } from '../nats/cloud_event.ts';
import type { LogPublisher } from '../nats/log_publisher.ts';
import { isApiError } from '../nats/streams.ts';
import type { Reach } from './in_order.ts';
import { type KnownVersion, type KnownVersions, NEVER } from './known_versions.ts';

/** The log lacks a version that came before this one; it ends at `seq` for the record. */
export class VersionGap extends Error {
  override name = 'VersionGap';
  readonly seq: number;
  constructor(subject: string, { v, known }: { v: number; known: KnownVersion }) {
    super(`${subject}: version ${v} comes after ${known.v}`);
    this.seq = known.seq;
  }
}

/** The log lacks what it had already acknowledged. */
export class LogWentBack extends Error {
  override name = 'LogWentBack';
}

/** What publishing needs. */
export type PublishDeps = {
  readonly known: KnownVersions;
  /** Publishes one message, expecting the subject's last sequence; rejects with the server's refusal. */
  readonly publish: (message: OutgoingMessage, lastSeq: number) => Promise<PubAck>;
  /** True while versions that are missing cannot be had by rewinding. */
  readonly toleratesGaps: boolean;
  readonly counts: { published: number; skipped: number };
};

/**
 * Brings one version into the log, once: skipped when the log has it or a later one, else published under the condition that
 * the log still ends where it is thought to end for that record. In the steady state this is one publication and nothing
 * else. Gives back how far the log is known to reach.
 *
 * @throws {VersionGap} when the version before is missing. {LogWentBack} when the log lost something.
 */
export async function publishVersion(publication: Publication, deps: PublishDeps): Promise<Reach> {
  const message = toMessage(publication);
  const { cache, ask } = deps.known;
  const { subject } = message;
  let cached = cache.get(subject);
  let known = cached ?? assumed(publication) ?? (await ask(subject));
  for (let attempt = 1; ; attempt += 1) {
    if (isAlreadyThere(publication, known)) {
      cache.set(subject, known);
      deps.counts.skipped += 1;
      return known;
    }
    if (leavesGap(publication, known) && !deps.toleratesGaps) {
      if (cached === undefined) throw new VersionGap(subject, { v: publication.v, known });
    } else {
      const ack = await publishExpecting(message, { known, deps });
      if (ack !== undefined) {
        const { v, id } = publication;
        cache.set(subject, { v, id, seq: ack.seq, lastSeq: ack.seq });
        deps.counts.published += 1;
        return { seq: ack.seq, id };
      }
    }
    // What was thought of the log is not so: another relay was here, or the log went back.
    cache.delete(subject);
    if (attempt > 1) await sleep(Math.min(1000, 10 * attempt));
    known = await ask(subject);
    if (cached !== undefined && known.v < cached.v) throw new LogWentBack(subject);
    cached = undefined;
  }
}

/** A record's first version is published without asking whether the log has it; the condition finds out. */
const assumed = ({ v }: Publication): KnownVersion | undefined => (v === 1 ? NEVER : undefined);

/** What keeps a version from being published twice when the change stream is replayed. */
export const isAlreadyThere = ({ v }: Publication, known: KnownVersion): boolean => v <= known.v;

/** What keeps a version from being published before the one that comes before it. */
const leavesGap = ({ v }: Publication, known: KnownVersion): boolean => v > known.v + 1;

/** Undefined when the log does not end there for the subject. */
async function publishExpecting(
  message: OutgoingMessage,
  { known, deps }: { known: KnownVersion; deps: PublishDeps },
): Promise<PubAck | undefined> {
  try {
    return await deps.publish(message, known.lastSeq);
  } catch (error) {
    if (isWrongSequence(error)) return undefined;
    throw error;
  }
}

const isWrongSequence = (error: unknown): boolean =>
  isApiError(error, JetStreamApiCodes.StreamWrongLastSequence) ||
  isApiError(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown);

/**
 * Publishes to FARM under the two conditions that keep a version single: the subject's last sequence, which holds for ever
 * and is what the server looks at first, and the message id, which holds for the stream's duplicate window.
 *
 * @throws {LogWentBack} when the log's end is before what it had acknowledged.
 */
export async function publishToLog(
  message: OutgoingMessage,
  deps: { log: Pick<LogPublisher, 'publish'>; lastSeq: number; end: { seq: number } },
): Promise<PubAck> {
  const before = deps.end.seq;
  const ack = await deps.log.publish(message, deps.lastSeq);
  if (!ack.duplicate && ack.seq <= before) throw new LogWentBack(message.subject);
  deps.end.seq = Math.max(deps.end.seq, ack.seq);
  return ack;
}
