/**
 * The addresses of a host that a client chose. Asked of the name servers themselves (c-ares), which is network I/O of
 * the event loop: `dns.lookup` would hold one of the few threads of libuv's pool until a slow name server gives up,
 * and the connections to the database and to Redis wait for the same threads. Neither `/etc/hosts` nor search domains
 * are followed: what is asked for is a host of the public DNS.
 */
import { promises } from 'node:dns';

/** For each name server; an overall limit is the caller's signal. */
const SERVER_TIMEOUT_MS = 2000;

/** All addresses of a host. @throws the signal's reason, and errors of the name server */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

/** @param servers in place of the machine's: addresses with ports */
export function createResolve(servers?: readonly string[]): Resolve {
  return async function resolve(host, signal) {
    signal.throwIfAborted();
    // RFC 6761; whether it may be asked, is decided by who asks.
    if (host === 'localhost') return ['127.0.0.1', '::1'];
    // One for each host, since `cancel` ends all that one is asked.
    const resolver = new promises.Resolver({ timeout: SERVER_TIMEOUT_MS, tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const families = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      signal.throwIfAborted();
      const found = families.filter((family) => family.status === 'fulfilled');
      // Most hosts have addresses of one family alone.
      if (found.length > 0) return found.flatMap(({ value }) => value);
      throw new AggregateError(families.map((family) => 'reason' in family && family.reason));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
