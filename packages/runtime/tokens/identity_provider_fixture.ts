import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { JwtIssuer } from './verify_jwt.ts';

/** A key pair with its public half as the provider shows it. */
export type Key = { readonly jwk: JWK & { kid: string; alg: string }; readonly secret: CryptoKey };

/** An identity provider on a real socket: it shows `keys`, which a test may change, or what `answer` says instead. */
export type IdentityProvider = JwtIssuer & {
  readonly keys: Key[];
  /** The number of times that its keys were asked for. */
  readonly asked: () => number;
  readonly answer: { status: number; body: string | undefined };
  readonly listen: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Makes a key pair of an algorithm. */
export async function newKey(kid: string, alg = 'ES256'): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, secret: privateKey };
}

/** Starts an identity provider with one key. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const keys = [await newKey('first')];
  const answer: IdentityProvider['answer'] = { status: 200, body: undefined };
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(answer.body ?? JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  const listenAt = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listenAt(0);
  return {
    issuer: 'https://id.example.org',
    audience: 'muster',
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    keys,
    asked: () => asked,
    answer,
    listen: async () => void (await listenAt(port)),
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Signs a JWT as the provider's first key would, for its audience and an hour, unless told otherwise; undefined leaves a claim out. */
export async function signed(
  { issuer, audience, keys }: IdentityProvider,
  claims: Readonly<Record<string, unknown>> = {},
  by: { secret?: CryptoKey | Uint8Array; header?: { alg?: string; kid?: string } } = {},
): Promise<string> {
  const { jwk, secret } = keys[0]!;
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({
    ...{ iss: issuer, aud: audience, sub: 'ann', exp: now + 3_600, scope: 'tags:write' },
    ...claims,
  })
    .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, ...by.header })
    .sign(by.secret ?? secret);
}
