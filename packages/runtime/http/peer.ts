import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv4, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** What is known of the other end of a request. */
export type Peer = { readonly address: string; readonly secure: boolean };

/**
 * Tells the client's address and whether it came by TLS. `X-Forwarded-*` count only from a peer in `trusted`, a comma-separated
 * list of addresses and CIDR ranges.
 *
 * @throws {Error} when an entry of the list is no range.
 */
export function peerReader(trusted: string): (request: IncomingMessage) => Peer {
  const proxies = new BlockList();
  for (const entry of trusted
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const [address = '', bits] = entry.split('/');
    const family = familyOf(address);
    proxies.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const ends = new WeakMap<Socket, { readonly peer: Peer; readonly isBelieved: boolean }>();
  // The same for all requests of a connection, and dearer to find out than to remember.
  const endOf = (socket: Socket) => {
    let end = ends.get(socket);
    if (end === undefined) {
      const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      const secure = (socket as TLSSocket).encrypted === true;
      end = { peer: { address, secure }, isBelieved: isTrusted(proxies, address) };
      ends.set(socket, end);
    }
    return end;
  };
  return (request) => {
    const { peer, isBelieved } = endOf(request.socket);
    if (!isBelieved) return peer;
    const { 'x-forwarded-for': addresses, 'x-forwarded-proto': proto } = request.headers;
    if (addresses === undefined && proto === undefined) return peer;
    const forwarded = String(addresses ?? '')
      .split(',')
      .at(-1)
      ?.trim();
    return { address: forwarded || peer.address, secure: peer.secure || proto === 'https' };
  };
}

const isTrusted = (proxies: BlockList, address: string): boolean =>
  address !== '' && proxies.check(address, familyOf(address));

/** Not by `isIPv6`, whose pattern alone takes 10 ms to compile at a service's start. */
const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');
