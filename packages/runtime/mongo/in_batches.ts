import DataLoader from 'dataloader';

/** How calls are done together: at most so many in one batch, and at most so many batches under way. */
export type Batching = { readonly most: number; readonly underWay: number };

/**
 * Makes a function whose calls are done many at a time, since the driver's cost is by the operation: those of one turn of the event
 * loop together, and, while `underWay` batches are on their way, all that come meanwhile. A call that comes alone waits for nobody.
 * `doAll` gives a result or an error for each item, in their order; each is done after it was asked for.
 */
export function inBatches<I, O>(
  doAll: (items: readonly I[]) => Promise<readonly (O | Error)[]>,
  { most, underWay }: Batching,
): (item: I) => Promise<O> {
  const waiting: (() => void)[] = [];
  let count = 0;
  const next = () => {
    if (count < underWay) waiting.shift()?.();
  };
  const loader = new DataLoader<I, O>(
    async (items) => {
      count += 1;
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
