/** Which addresses of the network may be asked on behalf of a client. */
import ipaddr from 'ipaddr.js';

/** IPv6 that is given out (RFC 4291); all of the rest is special, or not given out yet. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/**
 * IPv4 that `ipaddr.js` takes for anybody's: what answers there is the cloud's own and not reached from outside
 * (168.63.129.16 of Azure; Alibaba's 100.100.100.200 lies in the shared range, the others are link-local).
 */
const OF_CLOUDS = ['168.63.129.16'];

/**
 * Whether it is a host of the internet. Private, loopback, link-local, shared (RFC 6598), multicast, reserved,
 * documentation and benchmarking ranges are not, nor is IPv6 that carries an IPv4 address (mapped, compatible,
 * NAT64, 6to4, Teredo): what it would lead to is decided elsewhere.
 *
 * @param address as the resolver or the URL parser writes it; a zone (`%eth0`) is of no network but the local
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || OF_CLOUDS.includes(parsed.toString())) return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}
