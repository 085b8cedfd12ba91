/** How far a piece of work reaches in the log; `id` is the `ce-id` of the message at `seq`. 0 and '' before the first. */
export type Reach = { readonly seq: number; readonly id: string };

/** A place in the change stream: its resume token, and when the change there was made (epoch milliseconds). */
type Place = { readonly token: unknown; readonly at: number };

/** Where everything is done: up to that place of the change stream, reaching to `seq` in the log. */
export type Position = Reach & Place;

/** Work that is done in parallel, in order per lane, with its contiguous end known. */
export type Lanes<T> = {
  /**
   * Takes a piece of work in; waits while `limit` pieces are under way. `place` is that of the change that it belongs to;
   * left off for work that is no change of the stream.
   */
  push(lane: string, item: T, place?: Place): Promise<void>;
  /** Up to where everything is done. */
  position(): Position;
  /** Notes that there is nothing up to `place` beyond what was pushed. */
  pass(place: Place): void;
  /** Notes that the log was found to reach so far, whoever brought it there. */
  reached(reach: Reach): void;
  /** Waits until nothing is under way. */
  idle(): Promise<void>;
  underWay(): number;
};

type Entry = { place: Place | undefined; reach: Reach | undefined };

/** Opens lanes at a position. A failure goes to `onError`; nothing is begun after it, and the position goes no further. */
export function openLanes<T>(options: {
  limit: number;
  start: Position;
  work: (item: T) => Promise<Reach>;
  onError: (error: unknown) => void;
}): Lanes<T> {
  const tails = new Map<string, Promise<void>>();
  let entries: Entry[] = [];
  let position = options.start;
  let underWay = 0;
  let failed = false;
  let changed = Promise.withResolvers<void>();

  const settle = () => {
    const open = entries.findIndex(({ reach }) => reach === undefined);
    const done = open === -1 ? entries : entries.slice(0, open);
    entries = open === -1 ? [] : entries.slice(open);
    for (const { place, reach } of done) {
      const further = reach !== undefined && reach.seq > position.seq ? reach : position;
      const { token, at } = place ?? position;
      position = { token, at, seq: further.seq, id: further.id };
    }
  };
  const run = async (item: T, entry: Entry) => {
    try {
      // What comes after a failure in its lane must not be done before it.
      if (!failed) entry.reach = await options.work(item);
    } catch (error) {
      failed = true;
      options.onError(error);
    }
    underWay -= 1;
    changed.resolve();
    changed = Promise.withResolvers();
  };

  return {
    async push(lane, item, place) {
      while (underWay >= options.limit) await changed.promise;
      const entry: Entry = { place, reach: undefined };
      entries.push(entry);
      underWay += 1;
      const before = tails.get(lane);
      const mine = before === undefined ? run(item, entry) : before.then(() => run(item, entry));
      tails.set(lane, mine);
      mine.then(() => {
        if (tails.get(lane) === mine) tails.delete(lane);
      });
    },
    position() {
      settle();
      return position;
    },
    pass({ token, at }) {
      settle();
      if (entries.length === 0) position = { ...position, token, at };
    },
    reached({ seq, id }) {
      settle();
      if (seq > position.seq) position = { ...position, seq, id };
    },
    async idle() {
      while (underWay > 0) await changed.promise;
    },
    underWay: () => underWay,
  };
}
