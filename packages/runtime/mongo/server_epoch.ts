import type { Db } from 'mongodb';

/**
 * Makes a function that tells the present epoch. Two operations in one epoch, one after the other, were done by one server that did not
 * fail in between: what the second relies on of the first holds, even where only the second was acknowledged by the majority. The driver
 * tells of a failure before it does an operation once more.
 */
export function serverEpoch({ client }: Db): () => number {
  let epoch = 0;
  client.on('topologyDescriptionChanged', () => {
    epoch += 1;
  });
  return () => epoch;
}
