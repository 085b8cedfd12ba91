import { expect, test } from 'vitest';
import type { Checkpoint } from './checkpoints.ts';
import { chooseStart } from './choose_start.ts';

const at = new Date(0);
const checkpoint = (_id: string, seq: number, epoch: string | null = 'e1'): Checkpoint => ({
  _id,
  token: `token of ${_id}`,
  seq,
  id: `event ${seq}`,
  epoch,
  at,
});
const checkpoints = [
  checkpoint('latest', 90),
  checkpoint('hours-2', 60),
  checkpoint('hours-1', 30),
  checkpoint('first', 0, null),
];
const streams = { epoch: 'e1', stateEpoch: 's1', firstSeq: 1, lastSeq: 100 };
const isThere = async () => true;

test('chooseStart() takes the newest checkpoint that the log bears out', async () => {
  expect(await chooseStart(checkpoints, { streams, isThere })).toMatchObject({ seq: 90, isRewind: false });
});

test('chooseStart() goes back to before the end of a log that went back', async () => {
  const back = { ...streams, lastSeq: 70 };
  expect(await chooseStart(checkpoints, { streams: back, isThere })).toMatchObject({
    seq: 60,
    isRewind: true,
  });
});

test('chooseStart() goes back to before an event that the log no longer holds, though it is long enough', async () => {
  const lost = async ({ seq }: Checkpoint) => seq < 50;
  expect(await chooseStart(checkpoints, { streams, isThere: lost })).toMatchObject({ seq: 30 });
});

test('chooseStart() goes back to before a missing version', async () => {
  expect(await chooseStart(checkpoints, { streams, isThere, below: 59 })).toMatchObject({ seq: 30 });
});

test('chooseStart() takes the very first token for a log that was made anew', async () => {
  const anew = { ...streams, epoch: 'e2' };
  expect(await chooseStart(checkpoints, { streams: anew, isThere })).toEqual({
    token: 'token of first',
    seq: 0,
    id: '',
    isFirst: true,
    isRewind: true,
    at,
  });
  expect(await chooseStart([], { streams, isThere })).toBeUndefined();
});
