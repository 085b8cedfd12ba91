/** What a relay has done so far. */
export type RelayProgress = {
  published: number;
  skipped: number;
  rewinds: number;
  sweeps: number;
  inFlight: number;
  /** All that had changed by then is in the log; epoch milliseconds. */
  caughtUpAt: number;
};
