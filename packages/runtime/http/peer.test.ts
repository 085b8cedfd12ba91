import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { peerReader } from './peer.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) =>
  ({ socket: { remoteAddress, encrypted }, headers }) as unknown as IncomingMessage;

const forwarded = { 'x-forwarded-for': '203.0.113.9, 192.0.2.7', 'x-forwarded-proto': 'https' };

describe('peerReader()', () => {
  const peerOf = peerReader('10.0.0.0/8, ::1, 127.0.0.1');
  test('believes X-Forwarded-* of a trusted proxy, and of the list the entry that it wrote itself', () => {
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '::1', '127.0.0.1']) {
      expect(peerOf(from(address, forwarded))).toEqual({ address: '192.0.2.7', secure: true });
    }
  });
  test('does not believe anybody else', () => {
    expect(peerOf(from('11.1.2.3', forwarded))).toEqual({ address: '11.1.2.3', secure: false });
    expect(peerReader('')(from('127.0.0.1', forwarded))).toEqual({ address: '127.0.0.1', secure: false });
  });
  test('knows TLS by the socket', () => {
    expect(peerOf(from('11.1.2.3', {}, true)).secure).toBe(true);
  });
});
