import type { StreamStatus } from '../nats/streams.ts';
import type { Checkpoint } from './checkpoints.ts';

/**
 * Where a relay starts. From the very first token nothing older can be replayed: versions that are missing there are looked
 * for in the collections themselves.
 */
export type Start = {
  readonly token: unknown;
  readonly seq: number;
  readonly id: string;
  readonly isFirst: boolean;
  /** True when an older checkpoint than the newest had to be taken. */
  readonly isRewind: boolean;
  /** When the position was noted. */
  readonly at: Date;
};

/**
 * Takes the newest checkpoint that the log still bears out: of the same epoch, not beyond its end, and with the very event
 * at its sequence; else the very first token. `below`: a version was found missing that a checkpoint beyond this sequence
 * may have passed over.
 */
export async function chooseStart(
  checkpoints: readonly Checkpoint[],
  options: {
    streams: StreamStatus;
    below?: number | undefined;
    isThere: (checkpoint: Checkpoint) => Promise<boolean>;
  },
): Promise<Start | undefined> {
  const { streams, below = Number.POSITIVE_INFINITY } = options;
  for (const [index, checkpoint] of checkpoints.entries()) {
    const { token, seq, id, epoch, at } = checkpoint;
    if (epoch !== streams.epoch || seq > streams.lastSeq || seq > below) continue;
    if (seq > 0 && !(await options.isThere(checkpoint))) continue;
    return { token, seq, id, isFirst: false, isRewind: index > 0, at };
  }
  const first = checkpoints.find(({ _id }) => _id === 'first');
  if (first === undefined) return undefined;
  const isRewind = checkpoints.length > 1;
  return { token: first.token, seq: 0, id: '', isFirst: true, isRewind, at: first.at };
}
