import type { Tagging } from '@muster/contracts';
import { foldByVersion } from '@muster/runtime';
import { type KnownReference, kinds, type Reference, referenceKey } from '../reference.ts';
import type { ReferenceDoc, TagsDb } from './collections.ts';

/** More of them at once are read by an operation of their own. */
const FEW = 20;

/** What the read model knows of references, by reference key; what it does not know is not in the map. */
export async function knownReferences(
  { references, referenceOf }: TagsDb,
  wanted: readonly Reference[],
): Promise<ReadonlyMap<string, KnownReference>> {
  const keys = wanted.map(referenceKey);
  const docs =
    keys.length <= FEW
      ? await Promise.all(keys.map(referenceOf))
      : await references.find({ _id: { $in: keys } }).toArray();
  return new Map(docs.flatMap((doc) => (doc === undefined ? [] : [[doc._id, doc]])));
}

/**
 * Takes versions of references into the read model; older ones than it has change nothing. What stands ready of their tags is forgotten
 * behind it, also where it was in the read model before: a process may have died in between.
 */
export async function foldReferences(
  db: TagsDb,
  found: readonly (Reference & KnownReference)[],
): Promise<void> {
  await foldByVersion<ReferenceDoc>(
    db.references,
    found.map(({ kind, ref, live, v, born, label }) => ({
      _id: referenceKey({ kind, ref }),
      live,
      v,
      born,
      label,
    })),
  );
  // A view shows known records only.
  await forgetViewsOf(
    db,
    found.filter(({ v }) => v > 1),
  );
}

/** Forgets what stands ready of the tags that are on some records, whose ids may be given as text. */
export async function forgetViewsOf(
  { taggings, views }: TagsDb,
  changed: readonly Reference[],
): Promise<void> {
  if (changed.length === 0) return;
  const byKind = Map.groupBy(changed, ({ kind }) => kind);
  const filters = [...byKind].map(([kind, those]) => ({
    live: true,
    'state.kind': kind,
    'state.ref': { $in: those.map(({ ref }) => kinds[kind].parse(ref) ?? ref) },
  }));
  const options = { projection: { _id: 0, 'state.tag_id': 1 } } as const;
  const docs = await taggings.find({ $or: filters }, options).toArray();
  await views.forget([...new Set(docs.map(({ state }) => (state as Tagging).tag_id))]);
}
