import { expect, test } from 'vitest';
import { clientLimit } from './client_limit.ts';

test('clientLimit() lets a client go on so many times, and then tells how long to wait', async () => {
  const limit = clientLimit(2);
  expect([await limit.take('a'), await limit.used('a'), await limit.take('a')]).toEqual(
    Array(3).fill(undefined),
  );
  expect(await limit.used('a')).toBeGreaterThan(55);
  expect(await limit.take('a')).toBeLessThanOrEqual(60);
  expect(await limit.take('b')).toBeUndefined();
});

test('clientLimit() counts an IPv4 address once, however it is written, and an IPv6 network of 64 bits', async () => {
  const limit = clientLimit(1);
  for (const [first, same, other] of [
    ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:192.0.2.2'],
    ['2001:db8:a:b::1', '2001:0DB8:a:b:ffff:0:0:2', '2001:db8:a:c::1'],
    ['fe80::1%eth0', 'fe80::2', 'fe80:0:0:1::1'],
    ['::1', '0:0:0:0:0:0:0:2', '0:0:0:1::'],
    ['64:ff9b::192.0.2.1', '64:ff9b::1', '64:ff9b:1::192.0.2.1'],
  ] as const) {
    expect(await limit.take(first)).toBeUndefined();
    expect([same, await limit.used(same)]).toEqual([same, expect.any(Number)]);
    expect([other, await limit.used(other)]).toEqual([other, undefined]);
  }
});

test('clientLimit() counts no more clients at once than it may, and forgets the one that was silent longest', async () => {
  const limit = clientLimit(1, 2);
  for (const client of ['a', 'b', 'a', 'c']) await limit.take(client);
  expect([await limit.used('a'), await limit.used('b'), await limit.used('c')]).toEqual([
    expect.any(Number),
    undefined,
    expect.any(Number),
  ]);
});
