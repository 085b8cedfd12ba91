import type { Document } from 'mongodb';

/** A command of the tags service as MongoDB is sent it, by what it is for. */
export type Query = { readonly name: string; readonly command: Document };

/** A tagging that a query asks about; it need not be stored. */
type Asked = { readonly incarnation: string; readonly agent: string; readonly id: number };

const find = (name: string, collection: string, filter: Document, more: Document = {}): Query => ({
  name,
  command: { find: collection, filter, ...more },
});

const update = (name: string, collection: string, q: Document): Query => ({
  name,
  command: { update: collection, updates: [{ q, u: { $set: { live: false } } }] },
});

const findAndModify = (name: string, collection: string, query: Document): Query => ({
  name,
  command: { findAndModify: collection, query, update: { $set: { live: false } } },
});

/**
 * Every query of the tags service with the filter and sort of services/tags/mongo and of the functions of packages/runtime/mongo that
 * it uses. Left out is one that reads all of a collection on purpose and in no order: the hourly sweep's over all taggings.
 */
export const tagsQueries = (asked: Asked): readonly Query[] => [
  ...queriesOfTags(asked),
  ...queriesOfTaggings(asked),
  ...queriesOfViews(asked),
];

const queriesOfTags = ({ id, incarnation, agent }: Asked): Query[] => [
  find('findTag by name', 'tags', { 'state.tag': { $eq: 'growth 5 of 10' }, live: true }, { limit: 1 }),
  find('findTag by id', 'tags', { _id: { $eq: id }, live: true }, { limit: 1 }),
  find('tagsFrom', 'tags', { _id: { $gt: 0 }, live: true }, { sort: { _id: 1 } }),
  find('tagPage', 'tags', { _id: { $gt: id }, live: true }, { sort: { _id: 1 }, limit: 101 }),
  find('tagsById, tagsOf', 'tags', { _id: { $in: [id, id + 1, id + 2] }, live: true }),
  find(
    'deadTombstones: incarnations that live',
    'tags',
    { 'state.incarnation': { $in: [incarnation, `${incarnation}0`] }, live: true },
    { projection: { 'state.incarnation': 1 } },
  ),
  findAndModify('buryTag, reincarnateTag', 'tags', {
    $and: [{ _id: id, live: true }, { 'state.incarnation': incarnation }],
  }),
  find('knownReferences: one', 'references', { _id: { $eq: `agent:${agent}` } }),
  find('knownReferences', 'references', { _id: { $in: [`agent:${agent}`, 'agent:1', 'job:1'] } }),
  find('scanReferences', 'references', { _id: { $gte: 'agent:', $lt: 'agent;' } }),
  update('foldReferences', 'references', { _id: `agent:${agent}`, v: { $lt: 2 } }),
];

const queriesOfViews = ({ id }: Asked): Query[] => [
  find('views.read by name', 'tag_views', { name: { $in: ['growth 5 of 10'] } }, { limit: 1 }),
  find('views.read by id', 'tag_views', { _id: { $in: [id] } }, { limit: 1 }),
  findAndModify('views.open', 'tag_views', { _id: id }),
  update('views.keep', 'tag_views', { _id: id, stamp: '0' }),
  update('views.changing, views.forget', 'tag_views', { _id: { $in: [id, id + 1] } }),
];

const queriesOfTaggings = ({ id, incarnation, agent }: Asked): Query[] => {
  const _id = `${incarnation}_agent_${agent}`;
  const past = (ref: string) => ({
    live: true,
    'state.kind': 'agent',
    'state.ref': { $eq: ref },
    'state.born': { $lt: 2 },
  });
  const ofTag = { live: true, 'state.tag_id': id, 'state.incarnation': incarnation };
  const byReference = { sort: { 'state.kind': 1, 'state.ref': 1 } };
  return [
    find('relationsOf', 'taggings', ofTag, byReference),
    find(
      'relations of several tags',
      'taggings',
      { live: true, 'state.tag_id': { $in: [id, id + 1] } },
      { sort: { 'state.tag_id': 1, 'state.incarnation': 1, ...byReference.sort }, limit: 1_000 },
    ),
    find('relationsOf: one kind', 'taggings', { ...ofTag, 'state.kind': 'agent' }, byReference),
    find(
      'tagsOf',
      'taggings',
      { live: true, 'state.kind': 'agent', 'state.ref': { $eq: agent } },
      { sort: { 'state.tag_id': 1 } },
    ),
    find(
      'relationsFrom',
      'taggings',
      { live: true, 'state.tag_id': { $gt: 0 } },
      { sort: { 'state.tag_id': 1, 'state.incarnation': 1, 'state.kind': 1, 'state.ref': 1 } },
    ),
    find('insertTagging: is it there', 'taggings', { _id }, { limit: 1 }),
    update('insertTagging: revive', 'taggings', { _id, v: 2, live: false }),
    findAndModify('insertTagging: renew', 'taggings', {
      $and: [{ _id, live: true }, { 'state.born': { $lt: 2 } }, { $or: [{ 'state.born': { $ne: 2 } }] }],
    }),
    findAndModify('detachTagging', 'taggings', { _id, live: true }),
    findAndModify('undoTagging', 'taggings', { $and: [{ _id, live: true }, { 'state.born': 1 }] }),
    update('buryTaggings', 'taggings', { _id, v: 1, live: true }),
    find('buryRelationsOf: one', 'taggings', { $or: [{ ...past(agent), 'last.at': { $lte: new Date() } }] }),
    find('buryRelationsOf, relationsLeft', 'taggings', { $or: [past(agent), past('1')] }),
    find('renewRelationsOf', 'taggings', past(agent)),
    find('forgetViewsOf', 'taggings', {
      $or: [{ live: true, 'state.kind': 'agent', 'state.ref': { $in: [agent, '1'] } }],
    }),
    find('buryPastRelations', 'taggings', {
      live: true,
      'state.tag_id': id,
      'state.incarnation': { $ne: incarnation },
    }),
    find('buryPastRelations: of no tag', 'taggings', { live: true, 'state.tag_id': id }),
    find('deadTombstones', 'taggings', { live: false, 'last.at': { $lt: new Date() } }),
    {
      name: 'dropTombstones',
      command: { delete: 'taggings', deletes: [{ q: { _id, v: 2, live: false }, limit: 1 }] },
    },
  ];
};
