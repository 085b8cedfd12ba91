/**
 * The revisions of which a write's `If-Match` asks one: undefined where the header is absent or names any (`*`), empty where it
 * names none that a record could have. Handed to the write itself, so that the check and the write are one step.
 */
export function revisionsAsked(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return header.split(',').flatMap((tag) => {
    const revision = /^\s*(?:W\/)?"([0-9]{1,15})"\s*$/.exec(tag)?.[1];
    return revision === undefined ? [] : [Number(revision)];
  });
}
