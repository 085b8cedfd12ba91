/** What an index turned out to hold: `tags` objects, with `taggings` agents in their lists; `isWhole` when it is one closed array. */
export type Checked = {
  readonly bytes: number;
  readonly tags: number;
  readonly taggings: number;
  readonly isWhole: boolean;
};

/** A check of an index that is read piece by piece. */
export type IndexCheck = {
  take(piece: Uint8Array): void;
  result(): Checked;
};

const [quote, backslash, open, openList, close, closeList] = Buffer.from('"\\{[}]');
/** The depths of `[{"agents":["…` in the order of their beginning. */
const IN_INDEX = 1;
const IN_LIST = 3;

/** Opens a check that keeps nothing of what it reads, so that an index of any length costs the reader no memory. */
export function openIndexCheck(): IndexCheck {
  let [bytes, tags, taggings, depth] = [0, 0, 0, 0];
  let [inString, escaped, isBroken] = [false, false, false];
  return {
    take(piece) {
      for (const byte of piece) {
        if (escaped) escaped = false;
        else if (inString) {
          if (byte === quote) inString = false;
          else if (byte === backslash) escaped = true;
        } else if (byte === quote) {
          inString = true;
          if (depth === IN_LIST) taggings += 1;
        } else if (byte === open || byte === openList) {
          // A second value behind the first.
          if (depth === 0 && (bytes > 0 || byte === open)) isBroken = true;
          depth += 1;
        } else if (byte === close || byte === closeList) {
          depth -= 1;
          if (depth === IN_INDEX && byte === close) tags += 1;
          if (depth < 0) isBroken = true;
        }
        bytes += 1;
      }
    },
    result: () => ({ bytes, tags, taggings, isWhole: !isBroken && !inString && depth === 0 && bytes > 0 }),
  };
}
