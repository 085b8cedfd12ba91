/** The services that have a database; each has a user of its own name in its own database. */
export const owners = ['tags', 'assemblers', 'registry'] as const;

/** A service that has a database. */
export type Owner = (typeof owners)[number];

/**
 * What a service does with its own database, and all that it may: list and make its collections and indexes, have post-images kept, read,
 * write and follow changes. It may drop nothing, and see nothing of any other database.
 */
export const actions = [
  'listCollections',
  'createCollection',
  'createIndex',
  'collMod',
  'find',
  'insert',
  'update',
  'remove',
  'changeStream',
] as const;

/** The name of a service's role in its own database. */
export const roleOf = (owner: Owner): string => `muster_${owner}`;
