import type { Anomaly, Operation } from '../history.ts';

/** When an instance could not be reached for a fault of its own: connections to it may fail then. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The gateway gives up after 5 s; what is left is the client's own way to it. */
const LONGEST_MS = 6_500;

/**
 * I13: every answer is 2xx, a refusal that is due, 429, 503 with Retry-After or 504, as its description says, in time. A
 * connection may fail only while the gateway itself, or the way to it, is broken: `gatewayAway`.
 */
export function findDishonest(operations: readonly Operation[], gatewayAway: readonly Window[]): Anomaly[] {
  return operations.flatMap((operation): Anomaly[] => {
    const { what, status, error, problems, began, ended } = operation;
    const wrong = (text: string): Anomaly => ({
      invariant: 'I13',
      text: `${what} (${status || error}): ${text}`,
      operation,
    });
    const isExcused = gatewayAway.some(({ from, to }) => began <= to && ended >= from);
    if (status === 0) return isExcused ? [] : [wrong('no answer')];
    const isHonest = status < 300 || [404, 422, 429, 503, 504].includes(status);
    return [
      ...(isHonest ? [] : [wrong('a status that nothing calls for')]),
      ...problems.map(wrong),
      ...(ended - began > LONGEST_MS && !isExcused ? [wrong(`took ${Math.round(ended - began)} ms`)] : []),
    ];
  });
}
