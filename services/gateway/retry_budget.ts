/** How many retries there may be: a share of the requests, so that retries never multiply an outage, and a few beside. */
export type RetryBudget = {
  /** Counts a request. */
  readonly requested: () => void;
  /** Takes one retry out of the budget; false when it is spent. */
  readonly take: () => boolean;
};

/** The terms of a budget: a tenth of the requests and 5 a second, at most 100 saved up. */
const SHARE = 0.1;
const PER_SECOND = 5;
const MOST = 100;

/** Opens a budget that holds one second's floor; `now` is a clock in ms that never goes back. */
export function openRetryBudget(now = () => performance.now()): RetryBudget {
  let left = PER_SECOND;
  let since = now();
  return {
    requested() {
      left = Math.min(MOST, left + SHARE);
    },
    take() {
      const at = now();
      left = Math.min(MOST, left + ((at - since) / 1_000) * PER_SECOND);
      since = at;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
