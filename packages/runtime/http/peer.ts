import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
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
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    proxies.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (request) => {
    const socketAddress = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const encrypted = (request.socket as TLSSocket).encrypted === true;
    if (!isTrusted(proxies, socketAddress)) return { address: socketAddress, secure: encrypted };
    const forwarded = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .at(-1)
      ?.trim();
    return {
      address: forwarded || socketAddress,
      secure: encrypted || request.headers['x-forwarded-proto'] === 'https',
    };
  };
}

const isTrusted = (proxies: BlockList, address: string): boolean =>
  address !== '' && proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
