import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPES } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { commandLine } from './tokens_fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const stored = (path: string) => JSON.parse(readFileSync(path, 'utf8')).tokens;

describe('create', () => {
  test('prints the token alone, and keeps its hash, id, name, scopes and dates, for the owner only', async () => {
    const { run, folder } = commandLine();
    const { printed, said } = await run('create --scope tags:write --scope jobs:write --name ci --days 7');
    expect(printed).toMatch(/^muster_[A-Za-z0-9_-]{43}$/);
    expect(said).toContain('ci');
    expect(said).not.toContain(printed);
    const path = join(folder, '.muster', 'tokens.json');
    const [token] = stored(path);
    expect(token).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}$/),
      sha256: sha256(printed),
      name: 'ci',
      scopes: ['tags:write', 'jobs:write'],
      created: expect.any(String),
      expires: expect.any(String),
    });
    expect(Date.parse(token.expires) - Date.parse(token.created)).toBe(7 * DAY_MS);
    expect(readFileSync(path, 'utf8')).not.toContain(printed);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, '.muster'))).toEqual(['tokens.json']);
  });

  test.each([
    ['--scope tags:write', 90 * DAY_MS],
    ['--scope tags:write --days 1', DAY_MS],
    ['--scope tags:write --never', null],
  ])('%s: expires after %s ms', async (flags, ms) => {
    const { run } = commandLine({ TOKENS_FILE: 'tokens.json' });
    const { said } = await run(`create ${flags}`);
    if (ms === null) return expect(said).toContain('has no end');
    const expires = Date.parse(/expires (\S+)\./.exec(said)?.[1] ?? '');
    expect(Math.abs(expires - Date.now() - ms)).toBeLessThan(10_000);
  });

  test('takes a date, several scopes at once, and a file that is named', async () => {
    const { run, folder } = commandLine({ TOKENS_FILE: 'not_this.json' });
    await run(`create --scope ${SCOPES.join(',')} --expires 2999-01-31T18:00:00+02:00 --file a.json`);
    expect(stored(join(folder, 'a.json'))).toMatchObject([
      { scopes: SCOPES, expires: '2999-01-31T16:00:00.000Z', name: expect.stringMatching(/^token-/) },
    ]);
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('keeps what is there, entries written by hand among them, and the rights of the file', async () => {
    const { run, folder } = commandLine({ TOKENS_FILE: 'tokens.json' });
    const path = join(folder, 'tokens.json');
    const old = { sha256: sha256('old'), name: 'old', scopes: ['tags:write'], expires: null };
    writeFileSync(path, JSON.stringify({ tokens: [old] }), { mode: 0o644 });
    await run('create --scope tags:write');
    expect(stored(path)).toEqual([old, expect.objectContaining({ scopes: ['tags:write'] })]);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });
});

test('create writes through a link, and many at once all count', async () => {
  const { run, folder } = commandLine({ TOKENS_FILE: 'link.json' });
  writeFileSync(join(folder, 'real.json'), '{"tokens":[]}');
  symlinkSync('real.json', join(folder, 'link.json'));
  await Promise.all(Array.from({ length: 20 }, () => run('create --scope tags:write')));
  expect(stored(join(folder, 'real.json'))).toHaveLength(20);
  expect(readdirSync(folder)).toEqual(['link.json', 'real.json']);
});

describe('list', () => {
  test('shows each token without its text or hash', async () => {
    const { run, folder } = commandLine({ TOKENS_FILE: 'tokens.json' });
    const { printed: text } = await run('create --scope tags:write --name ci');
    const path = join(folder, 'tokens.json');
    const gone = { sha256: sha256('x'), name: 'ha\u001b[31md', scopes: [], expires: '2020-01-01T00:00:00Z' };
    writeFileSync(path, JSON.stringify({ tokens: [...stored(path), gone] }));
    const lines = (await run('list')).printed.split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'NAME', 'SCOPES', 'CREATED', 'EXPIRES', 'STATE'],
      [stored(path)[0].id, 'ci', 'tags:write', expect.any(String), expect.any(String), 'valid'],
      [sha256('x').slice(0, 8), 'ha?[31md', '–', '–', '2020-01-01T00:00Z', 'expired'],
    ]);
    expect(lines.join()).not.toContain(text);
    expect(lines.join()).not.toContain(sha256(text).slice(0, 16));
  });
});

describe('revoke', () => {
  test('takes a token away by its id or its name, and leaves the others', async () => {
    const { run, folder } = commandLine({ TOKENS_FILE: 'tokens.json' });
    for (const name of ['a', 'b', 'c']) await run(`create --scope tags:write --name ${name}`);
    const path = join(folder, 'tokens.json');
    const [a] = stored(path);
    expect((await run(`revoke ${a.id}`)).said).toContain(`Revoked ${a.id} (a)`);
    await run('revoke c');
    expect(stored(path)).toMatchObject([{ name: 'b' }]);
  });
});

describe('a command that cannot be done says what to do next, and changes nothing', () => {
  const create = 'create --scope tags:write';
  test.each([
    ['', /Unknown command/],
    ['make', /Unknown command make[\s\S]*npm run token -- create/],
    ['create', /needs a --scope.*--scope tags:write/],
    ['create --scope ', /Unknown scope "".*--scope tags:write/],
    ['create --scope tags', /Unknown scope "tags".*--scope tags:write/],
    [`${create} --days 0`, /whole number from 1 to 3650/],
    [`${create} --days 1.5`, /whole number/],
    [`${create} --days 9999`, /--never/],
    [`${create} --expires 2020-01-01`, /has passed already.*later date/],
    [`${create} --expires tomorrow`, /takes a date such as/],
    [`${create} --expires 2027-02-31T25:00Z`, /takes a date such as/],
    [`${create} --days 5 --never`, /one of --days, --expires and --never/],
    [`${create} --name kept`, /named kept is there already \(id \w{8}\).*another --name/],
    [`${create} --name `, /--name takes 1 to 64/],
    [`${create} --colour red`, /--colour[\s\S]*npm run token/],
    [`${create} extra`, /create takes no extra/],
    [`${create} --file no/such/tokens.json`, /Make the folder \S+no\/such first/],
    ['list --never', /list takes no --never/],
    ['list --file none.json', /There is no file .*none\.json\. Make a first token with/],
    ['revoke', /one id or name/],
    ['revoke none', /no token with the id or name none.*npm run token -- list/],
    ['revoke twice', /2 tokens are meant by twice: \w+, \w+\..*by its id/],
    ['revoke kept --file none.json', /There is no file/],
    ['list --file broken.json', /is no file of tokens.*Nothing was changed\. Repair it/],
    [`${create} --file broken.json`, /is no file of tokens/],
    [`${create} --file other.json`, /is no file of tokens.*required property/],
    ['list --file .', /cannot be read: EISDIR/],
  ])('%s', async (line, message) => {
    const { run, folder } = commandLine({ TOKENS_FILE: 'tokens.json' });
    const path = join(folder, 'tokens.json');
    await run(`${create} --name kept`);
    const twice = ['x', 'y'].map((text) => ({
      sha256: sha256(text),
      name: 'twice',
      scopes: [],
      expires: null,
    }));
    writeFileSync(path, JSON.stringify({ tokens: [...stored(path), ...twice] }));
    writeFileSync(join(folder, 'broken.json'), '{"tokens": [');
    writeFileSync(join(folder, 'other.json'), '{"users": []}');
    const state = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    const before = state();
    await expect(run(line)).rejects.toMatchObject({
      name: 'TokenError',
      message: expect.stringMatching(message),
    });
    expect(state()).toEqual(before);
  });
});
