import DataLoader from 'dataloader';

/**
 * How calls are done together: at most so many in one batch, and at most so many batches under way, each begun so many ms after the one
 * before, at once when left off.
 */
export type Batching = { readonly most: number; readonly underWay: number; readonly apartMs?: number };

/**
 * Makes a function whose calls are done many at a time, since the driver's cost is by the operation: those of one turn of the event
 * loop together, and, while `underWay` batches are on their way, all that come meanwhile. A call that comes alone waits for nobody.
 * `doAll` gives a result or an error for each item, in their order; each is done after it was asked for.
 */
export function inBatches<I, O>(
  doAll: (items: readonly I[]) => Promise<readonly (O | Error)[]>,
  { most, underWay, apartMs }: Batching,
): (item: I) => Promise<O> {
  const waiting: (() => void)[] = [];
  let count = 0;
  let isApart = true;
  const next = () => {
    if (count < underWay && isApart) waiting.shift()?.();
  };
  const begin = () => {
    count += 1;
    if (apartMs === undefined) return;
    isApart = false;
    setTimeout(() => {
      isApart = true;
      next();
    }, apartMs);
  };
  const loader = new DataLoader<I, O>(
    async (items) => {
      begin();
      try {
        return await doAll(items);
      } finally {
        count -= 1;
        next();
      }
    },
    {
      cache: false,
      maxBatchSize: most,
      batchScheduleFn(send) {
        waiting.push(send);
        // Requests that arrived together are taken one by one, each with all its promises, before the loop comes to this.
        setImmediate(next);
      },
    },
  );
  return (item) => loader.load(item);
}
