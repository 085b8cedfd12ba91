import { match } from '@formatjs/intl-localematcher';
import type { MessageKey, MessageParams } from '@muster/contracts';
import { catalogues, type Language } from '@muster/contracts/messages';
import { IntlMessageFormat } from 'intl-messageformat';
import Negotiator from 'negotiator';

const FALLBACK: Language = 'en';
const languages = Object.keys(catalogues) as Language[];
const CACHED_HEADERS = 256;
const negotiated = new Map<string, Language>();
const formats = new Map<string, IntlMessageFormat>();

/** The language of the catalogues that suits an `Accept-Language` header best (RFC 4647 lookup); English when none does. */
export function negotiateLanguage(header: string | undefined): Language {
  if (header === undefined || header === '') return FALLBACK;
  const known = negotiated.get(header);
  if (known !== undefined) return known;
  const language = lookUp(header);
  if (negotiated.size >= CACHED_HEADERS) negotiated.clear();
  negotiated.set(header, language);
  return language;
}

function lookUp(header: string): Language {
  const wanted = new Negotiator({ headers: { 'accept-language': header } }).languages();
  try {
    return match(
      wanted.filter((tag) => tag !== '*'),
      languages,
      FALLBACK,
    ) as Language;
  } catch {
    // A tag that is no language tag at all: the header is the client's, so this is no failure.
    return FALLBACK;
  }
}

/** A message of the catalogue in a language, its placeholders filled. */
export function message(key: MessageKey, params: MessageParams, language: Language): string {
  const name = `${language} ${key}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new IntlMessageFormat(catalogues[language][key], language);
    formats.set(name, format);
  }
  const plain = Object.fromEntries(Object.entries(params).map(([field, value]) => [field, String(value)]));
  try {
    return String(format.format(plain));
  } catch {
    // A placeholder without a value is our mistake; the client still gets a text rather than nothing.
    return catalogues[language][key];
  }
}
