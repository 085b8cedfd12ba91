/** A failure that the person at the console can act on: the message says what happened and what to do next. */
export class FarmError extends Error {
  override readonly name = 'FarmError';
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
