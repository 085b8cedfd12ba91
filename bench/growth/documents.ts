import { randomUUIDv7 } from 'node:crypto';

/** A record as the tags service stores its first version. */
export type FirstVersion<S, K> = {
  readonly _id: K;
  readonly live: boolean;
  readonly v: number;
  readonly born: number;
  readonly last: Readonly<Record<'id' | 'type' | 'traceparent' | 'by', string>> & {
    readonly at: Date;
    readonly delta: readonly string[];
  };
  readonly state: S;
};

/** A tag to be seeded. */
export type SeededTag = { readonly id: number; readonly tag: string; readonly incarnation: string };

/** A document of `tags`. */
export type TagDocument = FirstVersion<SeededTag, number>;

/** A document of `taggings`. */
export type TaggingDocument = FirstVersion<
  {
    readonly tag_id: number;
    readonly incarnation: string;
    readonly kind: 'agent';
    readonly ref: string;
    readonly born: number;
  },
  string
>;

/** A document of `references`. */
export type ReferenceDocument = {
  readonly _id: string;
  readonly born: number;
  readonly label: string;
  readonly live: boolean;
  readonly v: number;
};

// The shapes below are written here a second time, since nobody but the service may import its folder. Before anything is seeded,
// `prepareFarm` compares them with what the service itself stored, so they cannot drift apart unnoticed.

/** The document of a tag. */
export const tagDocument = (tag: SeededTag): TagDocument => firstVersion(tag.id, 'tag', tag);

/** The document of a tag's relation to an agent. */
export const taggingDocument = ({ id, incarnation }: SeededTag, agent: string): TaggingDocument =>
  firstVersion(`${incarnation}_agent_${agent}`, 'tagging', {
    tag_id: id,
    incarnation,
    kind: 'agent',
    ref: agent,
    born: 1,
  });

/** The row of the read model for a living agent. */
export const referenceDocument = (agent: string): ReferenceDocument => ({
  _id: `agent:${agent}`,
  born: 1,
  label: `node-${agent.slice(0, 8)}.farm`,
  live: true,
  v: 1,
});

const firstVersion = <S extends object, K>(id: K, type: 'tag' | 'tagging', state: S): FirstVersion<S, K> => ({
  _id: id,
  live: true,
  v: 1,
  born: 1,
  last: {
    id: randomUUIDv7(),
    type: `farm.${type}.created.v1`,
    at: new Date(),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    by: 'dev',
    delta: Object.keys(state),
  },
  state,
});
