/**
 * Whom a request counts for. Nothing here leaves the process in clear: what is stored, logged or
 * traced is an HMAC-SHA256 of the address or name, cut to 16 bytes, under a key of the service's.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { parseAddress, trustedNetworks, walkForwarded } from './client-address.ts';
import type { AddressPolicies, PolicySet } from './policy.ts';

export interface Subject {
  /** For logs: 22 characters that say nothing to anyone else. */
  readonly id: string;
  readonly set: PolicySet;
  /** In Redis, one for each policy; all in one cluster slot. */
  readonly keys: readonly string[];
  /** In the local store, 64 bits for each policy. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
}

/** The same client may be limited by several sets of policies. */
export function nameOf(subject: Subject): string {
  return subject.keys[0] as string;
}

export interface Subjects {
  /** Of the client behind a request. */
  ofRequest: (request: IncomingMessage) => Subject;
  /** @returns null when it is no address */
  ofAddress: (address: string) => Subject | null;
  /** Of a caller, an account: whatever has policies of its own. @param kind keeps equal names apart */
  ofName: (kind: string, name: string, set: PolicySet) => Subject;
  /** Remembered addresses. */
  size: () => number;
}

interface Known {
  trusted: boolean;
  subject: Subject;
}

export function createSubjects(deps: {
  /** The same in every process that shares a Redis. */
  secret: string;
  policies: AddressPolicies;
  /** Networks in CIDR notation. */
  trustedProxies: readonly string[];
  /** Addresses whose HMAC is remembered. */
  maxAddresses?: number;
  onEvicted?: () => void;
}): Subjects {
  const { policies, maxAddresses = 10_000, onEvicted } = deps;
  const key = Buffer.from(hkdfSync('sha256', deps.secret, '', 'sono-eval rate limit', 32));
  const isTrusted = trustedNetworks(deps.trustedProxies);
  const remembered = new LRUCache<string, Known>({
    max: maxAddresses,
    dispose: (_value, _key, reason) => {
      if (reason === 'evict') onEvicted?.();
    },
  });

  const know = (text: string): Known | null => {
    const before = remembered.get(text);
    if (before !== undefined) return before;
    const address = parseAddress(text);
    if (address === null) return null;
    const subject = addressSubject(key, address, policies);
    const known = { trusted: isTrusted(address), subject };
    // A copy: a slice would keep the whole header in memory.
    remembered.set(Buffer.from(text, 'latin1').toString('latin1'), known);
    return known;
  };
  // A connection that is already gone has no address; its answer goes nowhere.
  const nobody = know('0.0.0.0') as Known;

  return {
    ofRequest(request) {
      const peer = know(request.socket.remoteAddress ?? '') ?? nobody;
      const forwarded = request.headers['x-forwarded-for'];
      if (!peer.trusted || forwarded === undefined) return peer.subject;
      let client = peer;
      walkForwarded(String(forwarded), (entry) => {
        const hop = know(entry);
        if (hop === null) return false;
        client = hop;
        return hop.trusted;
      });
      return client.subject;
    },
    ofAddress: (address) => know(address)?.subject ?? null,
    ofName: (kind, name, set) => createSubject(set, hmac(key, `${kind} ${name}`)),
    size: () => remembered.size,
  };
}

/** IPv4 by itself; IPv6 by its /64 and, for the network policies, by its /48. */
function addressSubject(
  key: Buffer,
  address: ipaddr.IPv4 | ipaddr.IPv6,
  policies: AddressPolicies,
): Subject {
  if (address instanceof ipaddr.IPv4) {
    return createSubject(policies.v4, hmac(key, `address ${address.toString()}`));
  }
  const hex = address.toByteArray().map((byte) => byte.toString(16).padStart(2, '0'));
  const own = hmac(key, `address ${hex.slice(0, 8).join('')}/64`);
  const network = hmac(key, `address ${hex.slice(0, 6).join('')}/48`);
  return createSubject(policies.v6, own, network);
}

function hmac(key: Buffer, name: string): Buffer {
  return createHmac('sha256', key).update(name).digest().subarray(0, 16);
}

/** The network is the hash tag where there is one, so that all keys of a subject share a slot. */
function createSubject(set: PolicySet, own: Buffer, network: Buffer = own): Subject {
  const id = own.toString('base64url');
  const tag = network.toString('base64url');
  const digests = set.policies.map(({ counts }) => (counts === 'subject' ? own : network));
  const prefixes = digests.map((digest) =>
    digest === network ? `rl:{${tag}}` : `rl:{${tag}}:${id}`,
  );
  return {
    id,
    set,
    keys: set.policies.map(({ name }, i) => `${prefixes[i]}:${name}:${set.revisions[i]}`),
    lows: digests.map((digest, i) => (digest.readUInt32LE(0) ^ (set.salts[i] ?? 0)) >>> 0),
    highs: digests.map((digest) => digest.readUInt32LE(4)),
  };
}
