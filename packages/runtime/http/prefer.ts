/**
 * The value of one preference in a `Prefer` header (RFC 7240), undefined where it is not named; of several the first counts.
 * Preferences that nobody knows, and parameters, are passed over.
 */
export function preferenceOf(header: string | undefined, name: string): string | undefined {
  // Parted at the commas that stand outside of quoted texts; a quote that is never closed goes to the end.
  for (const preference of header?.match(/(?:"(?:[^"\\]|\\.?)*(?:"|$)|[^,"])+/g) ?? []) {
    const [assigned = ''] = preference.split(';');
    const [named = '', value = ''] = assigned.split('=', 2);
    if (named.trim().toLowerCase() === name) return value.trim().replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
