import { possible, surelyLives, type Timeline, type Version } from './timelines.ts';

/** Tags as the workload calls them: by name, which several tags may have had one after the other. */
export interface TagTimelines {
  /** The living versions that may have been the present ones of that name. */
  present(name: string, from: number, to: number): readonly Version[];
  /** Whether a tag of that name was there all the time. */
  surelyLives(name: string, from: number, to: number): boolean;
  /** The taggings of an incarnation, by `<kind>_<ref>`. */
  taggingsOf(incarnation: string): ReadonlyMap<string, Timeline>;
}

/** Finds the tags among all timelines. */
export function openTagTimelines(timelines: ReadonlyMap<string, Timeline>): TagTimelines {
  const byName = new Map<unknown, Timeline[]>();
  // Of versions that the log lacks nobody knows what the tag was called.
  const nameless: Timeline[] = [];
  const byIncarnation = new Map<string, Map<string, Timeline>>();
  for (const timeline of timelines.values()) {
    if (timeline.type === 'tag') {
      const names = new Set(timeline.versions.flatMap(({ state }) => (state === null ? [] : [state.tag])));
      for (const name of names) byName.set(name, [...(byName.get(name) ?? []), timeline]);
      if (timeline.versions.some(({ isUnknown }) => isUnknown)) nameless.push(timeline);
    } else if (timeline.type === 'tagging') {
      const at = timeline.key.indexOf('_');
      const incarnation = timeline.key.slice(0, at);
      const taggings = byIncarnation.get(incarnation) ?? new Map<string, Timeline>();
      byIncarnation.set(incarnation, taggings.set(timeline.key.slice(at + 1), timeline));
    }
  }
  const none: ReadonlyMap<string, Timeline> = new Map();
  return {
    present: (name, from, to) => [
      ...(byName.get(name) ?? []).flatMap((one) => possible(one, from, to).filter(({ live }) => live)),
      ...nameless.flatMap((one) => possible(one, from, to).filter(({ isUnknown }) => isUnknown)),
    ],
    surelyLives: (name, from, to) => (byName.get(name) ?? []).some((one) => surelyLives(one, from, to)),
    taggingsOf: (incarnation) => byIncarnation.get(incarnation) ?? none,
  };
}
