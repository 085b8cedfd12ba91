import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { actions, type Owner, owners, roleOf } from './rights.ts';

/** What the preparation of a fresh or running mongod takes. */
export type Preparation = {
  /** The server's own loopback address: only there does mongod let the first user be made. */
  readonly url: string;
  /** The address under which clients, and mongod itself, reach this member of the replica set. */
  readonly member: string;
  readonly rootPassword: string;
  readonly passwords: Readonly<Record<Owner, string>>;
  readonly say: (line: string) => void;
};

const NOT_INITIALIZED = 94;
const AUTHENTICATION_FAILED = 18;
const UNAUTHORIZED = 13;

const hasCode = (error: unknown, code: number): boolean =>
  error instanceof MongoServerError && error.code === code;

/**
 * Makes mongod a replica set of one, its root, and a user for each service; sets right what is there already, passwords included.
 *
 * @throws {Error} when mongod is not there within 60 s, or has another root password.
 */
export async function prepareMongo(preparation: Preparation): Promise<void> {
  await withAdmin(preparation, undefined, (admin) => makeReplicaSet(admin, preparation));
  const asRoot = { username: 'root', password: preparation.rootPassword };
  try {
    await withAdmin(preparation, asRoot, (admin) => admin.command({ ping: 1 }));
  } catch (error) {
    if (!hasCode(error, AUTHENTICATION_FAILED)) throw error;
    await withAdmin(preparation, undefined, (admin) => makeRoot(admin, preparation));
  }
  await withAdmin(preparation, asRoot, async (admin) => {
    for (const owner of owners) await makeOwner(admin, owner, preparation);
  });
}

async function withAdmin(
  { url }: Preparation,
  auth: { username: string; password: string } | undefined,
  work: (admin: Db, client: MongoClient) => Promise<unknown>,
): Promise<void> {
  const client = new MongoClient(url, {
    directConnection: true,
    serverSelectionTimeoutMS: 5000,
    ...(auth && { auth, authSource: 'admin' }),
  });
  try {
    await work(client.db('admin'), client);
  } finally {
    await client.close();
  }
}

/** Resolves once the server is primary. */
async function makeReplicaSet(admin: Db, { member, say }: Preparation): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary) return;
    if (!hello.setName && hello.info === 'Does not have a valid replica set config') {
      const config = { _id: 'rs0', members: [{ _id: 0, host: member }] };
      await admin.command({ replSetInitiate: config }).catch((error: unknown) => {
        if (!hasCode(error, NOT_INITIALIZED)) throw error;
      });
      say(`made the replica set rs0 with ${member}`);
    }
    if (Date.now() > deadline) throw new Error(`mongod is not primary after 60 s: ${JSON.stringify(hello)}`);
    await sleep(250);
  }
}

async function makeRoot(admin: Db, { rootPassword, say }: Preparation): Promise<void> {
  try {
    await admin.command({ createUser: 'root', pwd: rootPassword, roles: ['root'] });
    say('made the user root');
  } catch (error) {
    if (!hasCode(error, UNAUTHORIZED)) throw error;
    throw new Error(
      'This mongod has a root with another password: give the one that its data was made with.',
      {
        cause: error,
      },
    );
  }
}

async function makeOwner(admin: Db, owner: Owner, { passwords, say }: Preparation): Promise<void> {
  const db = admin.client.db(owner);
  const role = {
    privileges: [{ resource: { db: owner, collection: '' }, actions: [...actions] }],
    roles: [],
  };
  const user = { pwd: passwords[owner], roles: [roleOf(owner)] };
  const { roles } = await db.command({ rolesInfo: roleOf(owner) });
  await db.command({ [roles.length > 0 ? 'updateRole' : 'createRole']: roleOf(owner), ...role });
  const { users } = await db.command({ usersInfo: owner });
  await db.command({ [users.length > 0 ? 'updateUser' : 'createUser']: owner, ...user });
  say(`${users.length > 0 ? 'set right' : 'made'} the user ${owner} of the database ${owner}`);
}
