import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from './action.ts';
import type { Operation } from './history.ts';
import type { Sender } from './sender.ts';
import { nextPlay, type World } from './world.ts';

/** Requests that go on until they are told to stop. */
export interface Load {
  /** Resolves once what is under way is answered. */
  stop(): Promise<void>;
}

const LANES = 40;

/** Plays turns in lanes, about `rate` requests a second together; one in twenty is sent again as it was. Notes every operation. */
export function startLoad(
  send: Sender,
  options: { readonly world: World; readonly rate: number; readonly note: (operation: Operation) => void },
): Load {
  const { world, rate, note } = options;
  const eachMs = (LANES / rate) * 1_000;
  let stopping = false;

  const lane = async (number: number) => {
    let due = performance.now() + (number / LANES) * eachMs;
    const one = async (action: Action) => {
      await sleep(Math.max(0, due - performance.now()));
      const operation = await send(action);
      note(operation);
      // What an outage kept from being sent is not made up for.
      due = Math.max(due + eachMs, performance.now());
      return operation;
    };
    const act = async (action: Action) => {
      // An agent that was just made is attached at once.
      if (action.do === 'attach') due = 0;
      let operation = await one(action);
      if (world.random() < 0.05) operation = await one(action);
      const { outcome, status, body } = operation;
      return { isDone: outcome === 'done', status, body };
    };
    while (!stopping) await nextPlay(world)(world, act);
  };
  const lanes = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return {
    async stop() {
      stopping = true;
      await lanes;
    },
  };
}
