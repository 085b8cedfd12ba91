/** Where two documents differ in their fields or in the types of these, one line each; empty when they are of one shape. */
export function compareShapes(seeded: unknown, stored: unknown): string[] {
  const ours = new Map(fieldsOf(seeded));
  const theirs = new Map(fieldsOf(stored));
  return [...new Set([...ours.keys(), ...theirs.keys()])].toSorted().flatMap((path) => {
    const [one = 'absent', other = 'absent'] = [ours.get(path), theirs.get(path)];
    return one === other ? [] : [`${path}: seeded ${one}, stored ${other}`];
  });
}

function* fieldsOf(value: unknown, path = ''): Generator<[path: string, type: string]> {
  const type = typeOf(value);
  if (path !== '') yield [path, type];
  if (type !== 'object' && type !== 'array') return;
  for (const [name, field] of Object.entries(value as object)) {
    yield* fieldsOf(field, path === '' ? name : `${path}.${name}`);
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return 'date';
  return Array.isArray(value) ? 'array' : typeof value;
}
