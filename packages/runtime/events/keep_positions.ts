import type { Logger } from 'pino';
import type { Checkpoints } from './checkpoints.ts';
import type { Position, Reach } from './in_order.ts';

const EACH_MS = 500;
const IDLE_EACH_MS = 10_000;

/**
 * Saves a relay's position as a checkpoint every half second while it publishes, and every ten while it does not, so that
 * the resume token stays within the oplog. Gives back what ends that; with `isLast` after saving once more.
 */
export function keepPositions(deps: {
  position: () => Position;
  start: Reach;
  epoch: string;
  /** False once the connection was lost: answers from after that may come from a log that had gone back. */
  mayStillSave: () => boolean;
  checkpoints: Checkpoints;
  log: Logger;
}): (isLast: boolean) => Promise<void> {
  let saved = { seq: deps.start.seq, at: 0 };
  let saving = Promise.resolve();

  const save = async (isLast: boolean) => {
    const position = deps.position();
    const isNew = position.seq !== saved.seq || isLast || Date.now() - saved.at > IDLE_EACH_MS;
    if (!isNew || position.token === undefined || !deps.mayStillSave()) return;
    const { token, seq, id } = position;
    const at = new Date();
    await deps.checkpoints.save({ token, seq, id, epoch: deps.epoch, at });
    saved = { seq, at: at.getTime() };
  };
  // One after another: a save that is overtaken would put an older position over a newer one.
  const queue = (isLast: boolean): Promise<void> => {
    saving = saving
      .then(() => save(isLast))
      .catch((error: unknown) => deps.log.warn({ err: error }, 'relay: the checkpoint could not be saved'));
    return saving;
  };

  const timer = setInterval(() => void queue(false), EACH_MS);
  return async (isLast) => {
    clearInterval(timer);
    await (isLast ? queue(true) : saving);
  };
}
