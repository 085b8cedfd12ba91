import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sharedMarks } from './shared_marks.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Marks that are set and taken away at once; `said` tells what was done, in order. */
function marks() {
  const said: string[] = [];
  const state = { epoch: 0, setting: Promise.resolve() };
  let count = 0;
  const changing = sharedMarks({
    newId: () => String.fromCodePoint(97 + count++),
    epoch: () => state.epoch,
    async set({ tag, id }) {
      said.push(`set ${tag}${id}`);
      await state.setting;
    },
    takeAway: async ({ tag, id }) => said.push(`take ${tag}${id}`),
    forget: async (tag) => said.push(`forget ${tag}`),
  });
  const change = (tag: number, ms = 0) =>
    changing([tag], async () => {
      said.push(`begin ${tag}`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      said.push(`end ${tag}`);
      return tag;
    });
  const after = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    return said.splice(0).join(', ');
  };
  return { state, change, changing, after };
}

test('a change begins once its mark is set, which is taken away a quarter of a second after it', async () => {
  const { state, change, after } = marks();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.setting = promise;
  const result = change(1);
  expect(await after(50)).toBe('set 1a');
  resolve();
  expect(await after(1)).toBe('begin 1, end 1');
  expect(await result).toBe(1);
  expect(await after(240)).toBe('');
  expect(await after(20)).toBe('take 1a');
});

test('changes of one tag share a mark, also one that begins a little later, and another tag has its own', async () => {
  const { change, after } = marks();
  void Promise.all([change(1), change(1), change(2)]);
  expect(await after(1)).toBe('set 1a, set 2b, begin 1, begin 1, begin 2, end 1, end 1, end 2');
  await after(200);
  void change(1, 500);
  expect(await after(1)).toBe('begin 1');
  expect(await after(100)).toBe('take 2b');
  expect(await after(5000)).toBe('end 1, take 1a');
  void change(1);
  expect(await after(1)).toBe('set 1c, begin 1, end 1');
});

test('a tag that changes all the time has a new mark every ten seconds', async () => {
  const { change, after } = marks();
  const said: string[] = [];
  for (let ms = 0; ms < 11_000; ms += 200) {
    void change(1);
    said.push(await after(200));
  }
  expect(said.join(', ').match(/(set|take) \w+/g)).toEqual(['set 1a', 'set 1b', 'take 1a']);
  expect(await after(1_000)).toBe('take 1b');
});

test('where the mark may be lost or without force meanwhile, what was read is forgotten before the change is told to be done', async () => {
  const { state, change, after } = marks();
  let isDone = false;
  void change(1, 100).then(() => {
    isDone = true;
  });
  await after(50);
  state.epoch = 1;
  void change(1, 100);
  expect(await after(10)).toBe('set 1b, begin 1');
  expect([await after(60), isDone]).toEqual(['end 1, forget 1', true]);
  await after(2_000);
  void change(1, 30_001);
  await after(1);
  expect(await after(30_001)).toBe('end 1, forget 1');
});

test('the mark of a change that failed stays, and is not shared any more', async () => {
  const { change, changing, after } = marks();
  await expect(changing([1], () => Promise.reject(new Error('timed out')))).rejects.toThrow('timed out');
  expect(await after(5_000)).toBe('set 1a');
  void change(1);
  expect(await after(5_000)).toBe('set 1b, begin 1, end 1, take 1b');
});

test('a change whose mark cannot be set is not begun', async () => {
  const { state, change, after } = marks();
  state.setting = Promise.reject(new Error('MongoDB is away'));
  await expect(change(1)).rejects.toThrow('MongoDB is away');
  state.setting = Promise.resolve();
  void change(1);
  expect(await after(1)).toBe('set 1a, set 1b, begin 1, end 1');
});
