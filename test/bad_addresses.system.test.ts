import { describe, expect, test } from 'vitest';
import { expectNothingStored, refusalText } from './all_stored.ts';
import type { Sent } from './checked_fetch.ts';
import { farmClient, freshName } from './client.ts';

const { fetch } = await farmClient();
const slug = freshName('asm');

/** The addresses that take forms, each with a fit one and a field of it that takes a text. */
const doors = [
  { path: '/v1/assemblers.json', field: 'name', fit: { slug, name: slug } },
  { path: '/v1/source_paths.json', field: 'name', fit: { name: 'a', assembler_slug: slug } },
];
type Door = (typeof doors)[number];

const raw = (body: string | Uint8Array, type: string): Sent => ({ body, headers: { 'content-type': type } });
const refusedStatus = expect.toSatisfy((status) => status === 400 || status === 422);

expectNothingStored(fetch);

/** Sends each form, and sees that it is refused with 400 and a text that has `says`. */
async function expectRefused({ path }: Door, forms: readonly (readonly [string, Sent])[], says: RegExp) {
  for (const [what, sent] of forms) {
    const answer = await fetch('POST', path, sent);
    expect([what, answer.status, refusalText(answer)]).toEqual([what, 400, expect.stringMatching(says)]);
  }
}

describe.each(doors)('forms at POST $path', (door) => {
  const { path, field, fit } = door;

  test('are refused when they give an argument twice, in the query too', async () => {
    const form = 'application/x-www-form-urlencoded';
    await expectRefused(door, [['form', raw(`${field}=a&${field}=b`, form)]], new RegExp(field));
    const answer = await fetch('POST', `${path}?${field}=a&${field}=b`);
    expect([answer.status, refusalText(answer)]).toEqual([400, expect.stringContaining(field)]);
  });

  test('are refused when they hold what cannot be read', async () => {
    const form = 'application/x-www-form-urlencoded';
    const multipart = 'multipart/form-data; boundary=x';
    await expectRefused(
      door,
      [
        ['broken escape', raw(`${field}=%E0%A4%A`, form)],
        ['NUL', raw(`${field}=a%00b`, form)],
        ['not UTF-8', raw(Buffer.from([0x6e, 0x3d, 0xff]), form)],
        ['no boundary', raw('x', 'multipart/form-data')],
        ['torn', raw(`--x\r\nContent-Disposition: form-data; name="${field}"\r\n\r\na`, multipart)],
        [
          'a file',
          raw(
            `--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\na\r\n--x--\r\n`,
            multipart,
          ),
        ],
      ],
      /./,
    );
  });

  test('are refused for operators in brackets and keys that reach a prototype', async () => {
    for (const key of [`${field}[$gt]`, '__proto__[admin]', '__proto__', 'constructor']) {
      const answer = await fetch('POST', path, { form: { ...fit, [key]: 'x' } });
      expect([key, answer.status, refusalText(answer)]).toEqual([
        key,
        refusedStatus,
        expect.stringContaining(key),
      ]);
    }
  });
});

describe('addresses', () => {
  const collections = [
    '/api/v1/tags/',
    '/api/v1/agents/',
    '/api/v1/jobs/',
    '/v1/assemblers/',
    '/v1/source_paths/',
  ];

  test.each(collections)(
    '%s… with broken escapes and control characters are 400 by every method',
    async (path) => {
      for (const segment of [
        '%E0%A4%A',
        '%',
        '%zz',
        '%ff',
        '%00',
        'a%00b',
        'a%0d%0ab',
        'a%0a',
        '%7f',
        '%c2%85',
      ]) {
        for (const method of ['GET', 'DELETE']) {
          const answer = await fetch(method, `${path}${segment}`);
          expect([method, segment, answer.status]).toEqual([method, segment, 400]);
          expect(refusalText(answer)).toMatch(/address/);
        }
      }
    },
  );

  test.each(collections)('%s… with ids that no record has are 404, never a failure', async (path) => {
    const ids = [
      '9'.repeat(30),
      '-1',
      '1e3',
      '0x1',
      'NaN',
      '$where',
      '%7B%22$gt%22%3A%22%22%7D',
      '__defineGetter__',
      'x'.repeat(4_000),
      '..%2f..%2fetc',
      'none-%F0%9F%90%AE',
    ];
    for (const id of ids) {
      expect([id, (await fetch('GET', `${path}${id}`)).status]).toEqual([id, 404]);
    }
  });

  test('arguments that are broken, doubled or unknown are refused, each by its name', async () => {
    for (const path of ['/api/v1/tags/', '/api/v1/agents/', '/v1/assemblers.json', '/v1/source_paths.json']) {
      for (const [query, says] of [
        ['limit=%E0%A4%A', 'E0'],
        ['page=1&page=1', 'page'],
        ['page%00=1', ''],
        ['limit[$gt]=1', 'limit[$gt]'],
        ['__proto__=1', '__proto__'],
      ] as const) {
        const answer = await fetch('GET', `${path}?${query}`);
        expect([path, query, answer.status]).toEqual([path, query, refusedStatus]);
        expect(refusalText(answer)).toContain(says);
      }
    }
  });
});
