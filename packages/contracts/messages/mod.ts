/**
 * The catalogues of messages, one a language. English is the fallback and names every message; a test fails where another
 * language lacks one.
 *
 * @module
 */
import type { MessageKey } from '../errors.ts';
import en from './en.json' with { type: 'json' };
import ru from './ru.json' with { type: 'json' };

/** A language that every message is written in. */
export type Language = 'en' | 'ru';

/** Every message in every language, in ICU message syntax. */
export const catalogues: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en, ru };
