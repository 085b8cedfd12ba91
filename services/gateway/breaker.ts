/**
 * A circuit breaker: after some failures in a row it admits nothing for a pause, then one trial, whose outcome decides. Whoever
 * was admitted must say how it ended, by exactly one of `succeeded`, `failed` and `abandoned`.
 */
export type Breaker = {
  /** Whether a request may be sent now. While half-open this takes the one trial. */
  readonly admits: () => boolean;
  readonly succeeded: () => void;
  readonly failed: () => void;
  /** The request ended without saying anything of the other side: the client left, say. */
  readonly abandoned: () => void;
  /** The other side says that it is about to end: it is sent nothing until `isBack`. Gives whether that is news. */
  readonly leaves: () => boolean;
  /** What was asked at `askedAt`, on this breaker's clock, shows that whoever answers now is not about to end. */
  readonly isBack: (askedAt: number) => void;
  /** The other side says that it is ready, which ends a pause: the next request is the trial. */
  readonly isReady: () => void;
  readonly state: () => 'closed' | 'open' | 'half-open';
  /** Milliseconds until a request may be admitted; 0 when one may be now. */
  readonly wait: () => number;
};

/** How patient a breaker is; the pause doubles with every trial that fails, up to `maxPauseMs`. */
export type BreakerOptions = {
  readonly failures: number;
  readonly pauseMs: number;
  readonly maxPauseMs: number;
};

/** How long it takes to be replaced, at least, in ms. */
const REPLACED_MS = 1_000;
const DEFAULTS: BreakerOptions = { failures: 5, pauseMs: 500, maxPauseMs: 4_000 };

/** Makes a closed breaker; `now` is a clock in ms that never goes back. */
export function openBreaker(options: Partial<BreakerOptions> = {}, now = () => performance.now()): Breaker {
  const { failures, pauseMs, maxPauseMs } = { ...DEFAULTS, ...options };
  let inARow = 0;
  let pause = pauseMs;
  let openUntil: number | undefined;
  let leftAt: number | undefined;
  let onTrial = false;

  const open = () => {
    openUntil = now() + pause;
    pause = Math.min(2 * pause, maxPauseMs);
  };
  return {
    admits() {
      if (leftAt !== undefined) return false;
      if (openUntil === undefined) return true;
      if (onTrial || now() < openUntil) return false;
      onTrial = true;
      return true;
    },
    succeeded() {
      inARow = 0;
      pause = pauseMs;
      openUntil = undefined;
      onTrial = false;
    },
    failed() {
      inARow += 1;
      // Those that were under way when it opened fail one by one: only a trial prolongs the pause.
      if (openUntil === undefined ? inARow >= failures : onTrial) open();
      onTrial = false;
    },
    abandoned() {
      onTrial = false;
    },
    leaves() {
      // Kept apart from success: answers to what was sent before still come, and say nothing of what is to be sent.
      const isNews = leftAt === undefined;
      leftAt ??= now();
      return isNews;
    },
    isBack(askedAt) {
      if (leftAt !== undefined && askedAt > leftAt) leftAt = undefined;
    },
    isReady() {
      if (openUntil !== undefined) openUntil = Math.min(openUntil, now());
    },
    state() {
      if (leftAt !== undefined) return 'open';
      return openUntil === undefined ? 'closed' : now() < openUntil ? 'open' : 'half-open';
    },
    wait: () => Math.max(0, (openUntil ?? 0) - now(), leftAt === undefined ? 0 : REPLACED_MS),
  };
}
