import { isIP } from 'node:net';

/** `api.example.com`, `api.example.com:8443`, `[2001:db8::1]`: nothing of a URL around it. */
export function isHostAndPort(text: string): boolean {
  const host = hostOf(text);
  if (isIP(host) !== 0) return true;
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9-]{1,63}$/i.test(label));
}

/** Without its port and brackets. */
export function hostOf(hostAndPort: string): string {
  if (isIP(hostAndPort) !== 0) return hostAndPort;
  return hostAndPort.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Names and addresses by which a machine reaches nobody but itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){1,3}|0\.0\.0\.0|::1?)\.?$/i.test(host);
}

/** `host:port/name` of a URL: nobody logs in by that. */
export function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${decodeURIComponent(host)}${pathname}`;
}

/** What is wrong with `ALLOWED_HOSTS` in production, in words that follow the name. */
export function hostsFault(hosts: readonly string[]): string | null {
  if (hosts.length === 0) return 'must name the hosts in production';
  if (hosts.some((host) => host.includes('*'))) return 'must not contain a wildcard in production';
  if (!hosts.every(isHostAndPort)) {
    return 'must be host names alone, without scheme, credentials or path';
  }
  if (hosts.some((host) => isLoopback(hostOf(host)))) {
    return 'must not contain localhost in production: clients are elsewhere';
  }
  return hosts.every((host) => isIP(hostOf(host)) !== 0)
    ? 'must contain a name in production, not addresses only: certificates and origins are of names'
    : null;
}

const everywhere = new Set(['0.0.0.0', '::']);

/** Where a server that listens there is reached from this machine. */
export function originOf(host: string, port: number): string {
  const name = everywhere.has(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
