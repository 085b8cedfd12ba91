/** A failure that the person at the console can act on: the message says what happened and what to do next. Nothing was changed. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}
