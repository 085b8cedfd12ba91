import { AppError } from '@muster/contracts';

const MAX_DEPTH = 16;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * A text as it is taken from outside: normalised to NFC, which is done here and nowhere else.
 *
 * @throws {AppError} `malformed` for control characters and lone surrogates.
 */
export function cleanText(text: string, field: string): string {
  if (CONTROLS.test(text) || !text.isWellFormed()) {
    throw new AppError('malformed', 'control_character', { field });
  }
  return text.normalize('NFC');
}

/**
 * A parsed JSON value as it is taken from outside, every text in it cleaned.
 *
 * @throws {AppError} `malformed` for nesting deeper than 16 and for keys that could reach a prototype.
 */
export function cleanValue(value: unknown, field = 'body', depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value, field);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) throw new AppError('malformed', 'body_too_deep', { depth: MAX_DEPTH });
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, field, depth + 1));
  const entries = Object.entries(value).map(([key, item]) => {
    if (FORBIDDEN_KEYS.has(key)) throw new AppError('malformed', 'forbidden_key', { field: key });
    const name = cleanText(key, field);
    return [name, cleanValue(item, depth === 0 ? name : field, depth + 1)];
  });
  return Object.fromEntries(entries);
}
