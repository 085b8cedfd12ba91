/** A mark that something of a tag may be changing: what names it, how many changes need it, since when and in which epoch it is being set. */
type Mark = {
  readonly tag: number;
  readonly id: string;
  readonly since: number;
  readonly epoch: number;
  readonly isSet: Promise<unknown>;
  users: number;
  /** Takes it away in a while. */
  end?: NodeJS.Timeout;
};

/** A mark is set once for all changes of a tag that begin within so many ms. */
const SHARED_MS = 10_000;

/** A mark that is older than so many ms may have lost its force: a process can be stopped for as long as one likes. */
const OVERDUE_MS = 30_000;

/** A mark is left for so many ms to what may come next. */
const LEFT_MS = 250;

/** What names a mark: the tag, and an id of its own. */
export type MarkKey = Pick<Mark, 'tag' | 'id'>;

/**
 * Makes a function that does changes of tags while each has a mark, so that a tag that changes often costs no more operations than the
 * changes themselves. A mark of a change that failed is not taken away, since what timed out may yet be done.
 */
export function sharedMarks(deps: {
  readonly newId: () => string;
  /** Another one wherever a mark that was set may be lost, since the database failed. */
  readonly epoch: () => number;
  readonly set: (mark: MarkKey) => Promise<unknown>;
  readonly takeAway: (mark: MarkKey) => Promise<unknown>;
  /** Sees that nothing which was read of a tag until now stands ready, whatever fails later. */
  readonly forget: (tag: number) => Promise<unknown>;
}): <T>(tags: readonly number[], change: () => Promise<T>) => Promise<T> {
  const latest = new Map<number, Mark>();

  const isGood = ({ since, epoch }: Mark, forMs: number) =>
    performance.now() - since < forMs && epoch === deps.epoch();
  const take = (tag: number): Mark => {
    const found = latest.get(tag);
    if (found !== undefined && isGood(found, SHARED_MS)) {
      found.users += 1;
      clearTimeout(found.end);
      return found;
    }
    const key = { tag, id: deps.newId() };
    const mark = { ...key, since: performance.now(), epoch: deps.epoch(), isSet: deps.set(key), users: 1 };
    latest.set(tag, mark);
    return mark;
  };
  const retire = (mark: Mark) => {
    if (latest.get(mark.tag) === mark) latest.delete(mark.tag);
  };
  const takeAway = (mark: Mark) => {
    retire(mark);
    // Nobody waits for it: until the mark is gone there is only no view.
    deps.takeAway(mark).catch(() => {});
  };
  const leave = async (mark: Mark) => {
    if (!isGood(mark, OVERDUE_MS)) {
      retire(mark);
      await deps.forget(mark.tag);
    }
    mark.users -= 1;
    if (mark.users === 0) mark.end = setTimeout(takeAway, LEFT_MS, mark);
  };

  return async (tags, change) => {
    const marks = [...new Set(tags)].map(take);
    try {
      await Promise.all(marks.map(({ isSet }) => isSet));
      const result = await change();
      await Promise.all(marks.map(leave));
      return result;
    } catch (error) {
      marks.forEach(retire);
      throw error;
    }
  };
}
