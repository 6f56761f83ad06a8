/**
 * Who is calling. `X-Forwarded-For` is believed only from a peer in `TRUSTED_PROXIES`: it is walked
 * from the right, hop by hop, to the first address that is no trusted proxy. Whatever is no address
 * ends the walk at the hop that wrote it, so nobody chooses their own key. `Forwarded` and
 * `X-Real-IP` are never read.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The longest address with brackets, zone and port; anything longer is none. */
const MAX_LENGTH = 80;

/**
 * Strict: no octal, hexadecimal or shortened IPv4. A port, brackets and a zone are dropped and an
 * IPv4 address mapped into IPv6 is unwrapped, however it is written.
 *
 * @returns null for anything that is no address
 */
export function parseAddress(text: string): Address | null {
  if (text.length > MAX_LENGTH) return null;
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1];
  const bare = bracketed ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  const zone = bare.indexOf('%');
  const plain = zone === -1 ? bare : bare.slice(0, zone);
  const family = isIP(plain);
  if (family === 0 || (family === 4 && (zone !== -1 || bracketed !== undefined))) return null;
  return ipaddr.process(plain);
}

/**
 * @param cidrs networks or single addresses
 * @throws {Error} naming the first entry that is neither
 */
export function trustedNetworks(cidrs: readonly string[]): (address: Address) => boolean {
  const networks = cidrs.map((cidr) => {
    const [host = '', bits, ...rest] = cidr.split('/');
    const family = isIP(host);
    const most = family === 4 ? 32 : 128;
    const valid =
      family !== 0 && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
    const length = bits === undefined ? most : Number(bits);
    if (!valid || length > most) throw new Error('is no address and no network in CIDR notation');
    return [ipaddr.parse(host), length] as [Address, number];
  });
  return (address) =>
    networks.some(([network, length]) => {
      if (network.kind() === address.kind()) return address.match([network, length] as never);
      // A network written in mapped form, ::ffff:10.0.0.0/104.
      const mapped = address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
      return network.kind() === 'ipv6' && mapped.match([network, length] as never);
    });
}

/**
 * The entries of `X-Forwarded-For` from the right, without empty ones, as long as `wanted` asks for
 * more. A header may be 16 KB; what is not asked for is not split.
 */
export function walkForwarded(header: string, wanted: (entry: string) => boolean): void {
  let end = header.length;
  while (end >= 0) {
    const comma = header.lastIndexOf(',', end - 1);
    const start = end === 0 ? 0 : comma + 1;
    const entry = header.slice(start, end).trim();
    if (entry !== '' && !wanted(entry)) return;
    if (end === 0) return;
    end = comma;
  }
}
