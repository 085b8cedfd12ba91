import fc from 'fast-check';

/** Pieces that have been trouble somewhere: blanks, dots, escapes, marks that cannot be seen, operators, names of prototypes. */
const pieces = [
  ...['', ' ', '\u00a0', '\u3000', '\ufeff', '\t', '\n', '\r\n', '\0', '\x1b', '\x7f', '\u0085', '\u2028'],
  ...[
    '.',
    '..',
    '../..',
    '/',
    '//',
    '\\',
    '%',
    '%2F',
    '%00',
    '%25',
    '+',
    '?',
    '#',
    '&',
    '=',
    ';',
    ',',
    '"',
    "'",
  ],
  // Right to left, zero width, joined, composed and not, longer after NFC, not in any normal form, half of a pair.
  ...[
    '\u202e',
    '\u200b',
    '\u200d',
    '\u2066',
    '👩‍👩‍👧',
    'é',
    'e\u0301',
    '\u212b',
    '\u0958',
    '\ufb1d',
    '\ud800',
    '\udfff',
  ],
  ...['\u{10ffff}', '\ufffd', '\uffff', 'ı', 'ß', '💡'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '[object Object]',
    'undefined',
    'null',
  ],
  ...['$where', '$gt', '{"$gt":""}', '[$ne]', "' OR '1'='1", '{{7*7}}', '<script>', '-1', '007', '1e3'],
  ...[
    'NaN',
    '0x1',
    '9007199254740993',
    '9'.repeat(30),
    'schema',
    'agents',
    '*',
    '$',
    '.json',
    'CON',
    '(?=a)*',
  ],
];

const piece = fc.constantFrom(...pieces);

/** Any text: of the pieces, of letters of all scripts, of single code units, of a length at a bound. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  piece,
  fc.string({ unit: 'grapheme', maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc.tuple(piece, fc.string({ unit: 'grapheme', maxLength: 10 }), piece).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('a', 'é', '💡', 'e\u0301'), fc.constantFrom(64, 65, 255, 256, 1_024, 1_025))
    .map(([letter, count]) => letter.repeat(count)),
);

/** The text of a JSON value, fit or not: deep, huge, operators, keys that reach a prototype. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  hostileText.map((text) => JSON.stringify(text)),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '1',
    '-1',
    '-0',
    '0.5',
    '1e400',
    '1e-400',
    '9007199254740993',
    '9'.repeat(400),
    'true',
    'null',
  ),
  fc.constantFrom(
    '{"$gt":""}',
    '{"$ne":null}',
    '{"$where":"sleep(1)"}',
    '["$in"]',
    '{"__proto__":{"a":1}}',
    '{}',
  ),
  fc.constantFrom(
    '[]',
    '[[]]',
    '[null]',
    '[1,1]',
    '{"constructor":{"prototype":{"a":1}}}',
    '{"toString":"x"}',
  ),
  fc.integer({ min: 14, max: 2_000 }).map((levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`),
);
