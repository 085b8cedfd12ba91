import { unavailable } from '@muster/contracts';

/** Work that may take longer than a request: at most one is under way, and whoever asks meanwhile shares it. */
export type Flight<T> = () => Promise<T>;

/** How long one request waits, and for how long an outcome that nobody waited for is kept, in ms. */
type FlightTimes = { readonly patienceMs: number; readonly keptMs: number };

const TIMES: FlightTimes = { patienceMs: 2_400, keptMs: 60_000 };

/**
 * Lets `work` be asked for by any number at once. Whoever has waited too long is told to ask again, and gets the outcome of the same
 * work then; once somebody has got it, whoever asks next begins anew.
 *
 * @throws {AppError} from the flight: `unavailable` with `Retry-After` while the work goes on, and whatever `work` throws.
 */
export function oneFlight<T>(work: () => Promise<T>, { patienceMs, keptMs } = TIMES): Flight<T> {
  let current: Promise<T> | undefined;
  const forget = (flight: Promise<T>) => {
    if (current === flight) current = undefined;
  };
  const start = (): Promise<T> => {
    const flight = work();
    flight.finally(() => setTimeout(() => forget(flight), keptMs).unref()).catch(() => {});
    return flight;
  };
  return async () => {
    current ??= start();
    const mine = current;
    if (!(await endsWithin(mine, patienceMs))) throw unavailable('still_comparing', { seconds: 1 });
    forget(mine);
    return mine;
  };
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
