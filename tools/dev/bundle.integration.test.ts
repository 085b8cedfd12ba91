import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { bundle } from './bundle.ts';
import { repository } from './start_servers.ts';
import { nodeArguments } from './start_service.ts';

const run = promisify(execFile);

/** Changes flags of V8 on its way, as a service does once it listens. */
const greeter = `
import { setFlagsFromString } from 'node:v8';
import { ONCE_LOADED } from '${join(repository, 'packages', 'runtime', 'process', 'run.ts')}';
import { hello } from './hello.ts';

for (const flag of ONCE_LOADED) setFlagsFromString(flag);
console.log(hello(process.argv[2]));
`;

let folder: string;
let main: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-bundle-'));
  const program = join(folder, 'program.ts');
  await writeFile(program, greeter);
  await writeFile(
    join(folder, 'hello.ts'),
    `export const hello = (name?: string): string => {\n  if (name === undefined) throw new Error('nobody is there');\n  return \`Grüß Gott, \${name}\`;\n};\n`,
  );
  main = await bundle(program, join(folder, 'image'));
});
afterAll(() => rm(folder, { recursive: true }));

const greet = async (...args: readonly string[]) => {
  const { stdout, stderr } = await run(process.execPath, [...nodeArguments, ...args, main, 'Ada'], {
    env: { NODE_DEBUG: 'muster' },
  });
  return { stdout, isUsed: stderr.includes('program.compiled is used') };
};

test('a program runs from what is compiled of it, and all that it needs is beside it', async () => {
  const files = ['main.cjs', 'program.cjs', 'program.cjs.map', 'program.compiled'];
  expect((await readdir(join(folder, 'image'))).sort()).toEqual(files);
  expect(await greet()).toEqual({ stdout: 'Grüß Gott, Ada\n', isUsed: true });
});

test('a stack trace names the lines of the sources where Node is asked to', async () => {
  const failing = (...flags: readonly string[]) =>
    run(process.execPath, [...flags, main]).catch(({ stderr }: { stderr: string }) => stderr);
  expect(await failing('--enable-source-maps')).toMatch(/nobody is there[\s\S]+hello\.ts:2:/);
  expect(await failing()).toMatch(/nobody is there[\s\S]+at hello \(.*program\.cjs:/);
});

test('what was compiled of another program, or cannot be read, is not used, and the program runs all the same', async () => {
  await appendFile(join(folder, 'image', 'program.cjs'), '\n// changed\n');
  expect(await greet()).toEqual({ stdout: 'Grüß Gott, Ada\n', isUsed: false });
  await writeFile(join(folder, 'image', 'program.compiled'), 'spoilt');
  expect(await greet()).toEqual({ stdout: 'Grüß Gott, Ada\n', isUsed: false });
  await rm(join(folder, 'image', 'program.compiled'));
  expect(await greet()).toEqual({ stdout: 'Grüß Gott, Ada\n', isUsed: false });
});

/** Prints how the driver reads each of some addresses. */
const reader = `
import { MongoClient } from '${fileURLToPath(import.meta.resolve('mongodb'))}';

for (const url of process.argv.slice(2)) {
  try {
    const { hosts, srvHost, credentials, dbName, replicaSet, directConnection, tls } = new MongoClient(url).options;
    console.log(JSON.stringify({ hosts, srvHost, credentials, dbName, replicaSet, directConnection, tls }));
  } catch (error) {
    console.log(String(error));
  }
}
`;

test("addresses are read alike by the driver's own URL and by Node's, which a bundle has", async () => {
  const addresses = [
    'mongodb://127.0.0.1:27017/?directConnection=true',
    'mongodb://a.example,b.example:27018,[::1]:27019/farm?replicaSet=rs0&authSource=admin',
    'mongodb://render%40farm:p%3Ass%2Fw%C3%B6rd%25@mongod/tags?tls=true',
    'mongodb+srv://user:word@cluster.example/farm?retryWrites=false',
    'mongodb://%2Ftmp%2Fmongodb-27017.sock/farm',
    'mongodb://grün.example/',
    'mongodb://a.example:0x50/',
    'mongodb://',
    'http://a.example/',
  ];
  const program = join(folder, 'reader.ts');
  await writeFile(program, reader);
  const own = await run(process.execPath, [program, ...addresses]);
  const bundled = await run(process.execPath, [await bundle(program, join(folder, 'reader')), ...addresses]);
  expect(bundled.stdout.split('\n')).toEqual(own.stdout.split('\n'));
  expect(own.stdout).toContain('"username":"render@farm","password":"p:ss/wörd%"');
  const map = JSON.parse(await readFile(join(folder, 'reader', 'program.cjs.map'), 'utf8')) as {
    sources: string[];
  };
  expect(map.sources.filter((source) => /node_modules\/(whatwg-url|tr46)\//.test(source))).toEqual([]);
});

/** Prints which of some users of a database can read their own rights with a password. */
const signer = `
import { MongoClient } from '${fileURLToPath(import.meta.resolve('mongodb'))}';

const [url, ...passwords] = process.argv.slice(2);
const signIn = async (username, password) => {
  const client = new MongoClient(url, { auth: { username, password }, authSource: 'signing', authMechanism: 'SCRAM-SHA-256' });
  const { authInfo } = await client.db('signing').command({ connectionStatus: 1 }).finally(() => client.close());
  return authInfo.authenticatedUsers[0].user;
};
Promise.all(passwords.map((password, at) => signIn('user' + at, password).catch((error) => error.message)))
  .then((told) => console.log(JSON.stringify(told)));
`;

test('passwords are prepared by a bundle as the driver and MongoDB prepare them', async () => {
  const url = inject('mongodbUrl');
  const passwords = ['plain ASCII: ~!@%', 'Gr\u00fc\u00dfe', '\u2168 \u00aa\u00adb'];
  const client = await MongoClient.connect(url);
  for (const [at, pwd] of passwords.entries())
    await client.db('signing').command({ createUser: `user${at}`, pwd, roles: [] });
  await client.close();
  const program = join(folder, 'signer.ts');
  await writeFile(program, signer);
  const bundled = await bundle(program, join(folder, 'signer'));
  const told = async (file: string, given: readonly string[]) =>
    JSON.parse((await run(process.execPath, [file, url, ...given])).stdout);
  expect(await told(bundled, passwords)).toEqual(['user0', 'user1', 'user2']);
  // As they are once they are prepared, and then as they are not.
  expect(await told(bundled, ['plain ASCII: ~!@%', 'Gr\u00fc\u00dfe', 'IX ab'])).toEqual([
    'user0',
    'user1',
    'user2',
  ]);
  const wrong = ['plain ASCII: ~!@', 'Grusse', 'IX aB', '\u0007'];
  expect(await told(bundled, wrong)).toEqual(await told(program, wrong));
  expect((await told(bundled, wrong)).slice(0, 3)).toEqual(Array(3).fill('Authentication failed.'));
});
