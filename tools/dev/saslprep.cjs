/**
 * What the MongoDB driver prepares a password with, in the program of an image (`bundle.ts`). Printable ASCII is prepared as it is (RFC
 * 4013); only for other passwords the tables of all characters are read, which take 2 MB. This takes the place of the package's own name,
 * so the package is named by where pnpm has it.
 *
 * @module
 */
'use strict';

const prepare = (text) =>
  require('../../node_modules/.pnpm/node_modules/@mongodb-js/saslprep').saslprep(text);

/** Prepares a text. @throws {Error} for one that holds what a password may not. */
exports.saslprep = (text) => (/^[\x20-\x7e]*$/.test(text) ? text : prepare(text));
