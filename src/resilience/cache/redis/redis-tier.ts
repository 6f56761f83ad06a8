import { createHash, hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { LARGEST_PAYLOAD } from './payload.ts';
import { createPlainReads } from './plain-reads.ts';
import {
  INVALIDATE,
  MARK,
  POSITION,
  PURGE,
  READ,
  RELEASE,
  RENEW,
  STORE,
  SWEEP,
} from './redis-scripts.ts';
import {
  LEASE_MS,
  type Address,
  type Guard,
  type Lease,
  type SharedEntry,
  type SharedRead,
  type SharedTier,
} from './shared-tier.ts';

/** A generation that nobody stored under; then it only costs memory. */
const UNUSED_GENERATION_MS = 120_000;
/** Generations outlive their entries, so that an entry is not lost before its time. */
const GENERATION_MARGIN_MS = 60_000;
/** Entries that one script removes: some ten microseconds each, in which Redis does nothing else. */
const SWEEP_AT_ONCE = 500;
const SWEEP_ROUNDS = 400;
const SCAN_COUNT = 1000;
const EVERYTHING = '*';
/** Three bytes are the most that UTF-8 takes for a unit of UTF-16; the rest is the head. */
const LARGEST_BYTES = 3 * LARGEST_PAYLOAD + 1024;
const MOST_DOUBTFUL = 1000;

const PREFIX = 'sono-eval:cache:';

/** Where invalidations are announced. */
export function busChannel(prefix = PREFIX): string {
  return `${prefix}bus`;
}

export function createRedisTier(deps: {
  client: Redis;
  guard: Guard;
  newToken: () => string;
  /** Keys begin with it. */
  prefix?: string;
}): SharedTier {
  const { client, guard, newToken, prefix = PREFIX } = deps;
  const channel = busChannel(prefix);
  const run = scriptRunner(client, guard);
  const entryKey = ({ cache, id }: { cache: string; id: string }) =>
    `${prefix}entry:${cache}:${digest(id)}`;
  const leaseKey = ({ cache, id }: { cache: string; id: string }) =>
    `${prefix}lease:${cache}:${digest(id)}`;
  const generationKeys = new LRUCache<string, string>({ max: 1000 });
  const generationKey = (tag: string): string => {
    const known = generationKeys.get(tag);
    if (known !== undefined) return known;
    const key = `${prefix}generation:${digest(tag)}`;
    generationKeys.set(tag, key);
    return key;
  };
  const indexKey = (tag: string) => `${prefix}index:${digest(tag)}`;
  const positionKey = `${prefix}position`;
  const generations = (at: Address) => [EVERYTHING, ...at.tags].map(generationKey);

  const readPlainly = createPlainReads({ client, guard });
  /** Entries that could not be read: the script looks at the size before it sends what may be a giant. */
  const doubtful = new LRUCache<string, true>({ max: MOST_DOUBTFUL });

  const sweep = async (tag: string): Promise<number> => {
    let removed = 0;
    for (let round = 0; round < SWEEP_ROUNDS; round++) {
      const reply = (await run(SWEEP, [indexKey(tag)], [SWEEP_AT_ONCE])) as [number, number];
      removed += reply[1];
      if (reply[0] < SWEEP_AT_ONCE) break;
    }
    return removed;
  };
  const eachEntry = async (take: (keys: string[]) => Promise<unknown>): Promise<number> => {
    let taken = 0;
    let cursor = '0';
    do {
      const [next, keys] = await guard(() =>
        client.scan(cursor, 'MATCH', `${prefix}entry:*`, 'COUNT', SCAN_COUNT),
      );
      if (keys.length > 0) taken += Number(await take(keys));
      cursor = next;
    } while (cursor !== '0');
    return taken;
  };
  /** Nothing of them is readable any more; this frees the memory. */
  const clear = () => eachEntry((keys) => guard(() => client.unlink(...keys)));
  /** What is of the tags and in no index, since Redis has evicted that. */
  const purge = (tags: readonly string[]) => {
    const marks = tags.map((tag) => generationKey(tag).slice(-MARK));
    return eachEntry((keys) => run(PURGE, keys, marks));
  };

  return {
    async read(at, { mode, known }) {
      const name = digest(at.id);
      const entry = `${prefix}entry:${at.cache}:${name}`;
      const place = { name, entry, generations: generations(at) };
      // Most of what is asked for is there.
      if (mode === 'read' && known === '' && !doubtful.has(entry)) {
        try {
          const plain = await readPlainly(place);
          if (plain !== null) return plain;
        } catch (error) {
          doubtful.set(entry, true);
          throw error;
        }
      }
      const token = newToken();
      const keys = [entry, leaseKey(at), ...place.generations];
      const args = [token, LEASE_MS, known, mode, UNUSED_GENERATION_MS, LARGEST_BYTES];
      const read = toRead((await run(READ, keys, args)) as unknown[], token);
      doubtful.delete(entry);
      return read;
    },
    async store(at, lease, { payload, version, ageMs, ttlMs, dueMs, keepMs }) {
      const all = generations(at);
      const keys = [entryKey(at), leaseKey(at), ...all, ...at.tags.map(indexKey)];
      const left = Math.max(1, Math.round(keepMs - ageMs));
      const times = [ttlMs, dueMs, keepMs].map(Math.round).join(' ');
      const head = `${lease.seal} ${version} ${times}`;
      const lives = left + GENERATION_MARGIN_MS;
      const args = [leaseValue(lease), head, left, all.length, lease.seal, lives, payload];
      return (await run(STORE, keys, args)) as 'stored' | 'lease' | 'generation';
    },
    async renew(at, lease) {
      await run(RENEW, [leaseKey(at)], [leaseValue(lease), LEASE_MS]);
    },
    async release(at, lease, failed) {
      const told = failed === undefined ? '' : `!${lease.seal} ${failed.failure}`;
      const ms = Math.max(1, Math.round(failed?.ms ?? 1));
      await run(RELEASE, [leaseKey(at)], [leaseValue(lease), told, ms]);
    },
    async remove(at) {
      await guard(() => client.unlink(entryKey(at)));
    },
    async invalidate({ keys, tags, all, erase, message }) {
      const doomed = [...tags, ...(all ? [EVERYTHING] : [])].map(generationKey);
      const named = [positionKey, ...keys.map(entryKey), ...keys.map(leaseKey), ...doomed];
      const args = [channel, message, newToken(), keys.length, tags.length, SWEEP_AT_ONCE];
      let removed = Number(await run(INVALIDATE, [...named, ...tags.map(indexKey)], args));
      for (const tag of tags) removed += await sweep(tag);
      if (all) removed += await clear();
      else if (erase) removed += await purge(tags);
      return removed;
    },
    async position() {
      const [epoch, number] = (await run(POSITION, [positionKey], [newToken()])) as string[];
      return { epoch: String(epoch), number: Number(number) };
    },
  };
}

function toRead(reply: unknown[], token: string): SharedRead {
  const [kind = '', text = ''] = reply.map(String);
  switch (kind) {
    case 'entry':
      return { kind, ...toEntry(reply), payload: String(reply[6]) };
    case 'same':
      return { kind, ...toEntry(reply) };
    case 'lease':
      return { kind, lease: { token, seal: text } };
    case 'failed':
      return { kind, failure: text };
    case 'busy':
    case 'none':
      return { kind };
    default:
      return { kind: 'corrupt' };
  }
}

function toEntry(reply: unknown[]): SharedEntry {
  const [ageMs = 0, ttlMs = 0, dueMs = 0, leftMs = 0] = reply.slice(2, 6).map(Number);
  return { version: String(reply[1]), ageMs, ttlMs, dueMs, leftMs };
}

function leaseValue({ token, seal }: Lease): string {
  return `${token} ${seal}`;
}

/** Keys in Redis are bounded and tell nothing of a person. */
function digest(text: string): string {
  return hash('sha256', Buffer.from(text, 'utf16le'), 'base64url').slice(0, 32);
}

function scriptRunner(client: Redis, guard: Guard) {
  const hashes = new Map<string, string>();
  for (const script of [READ, STORE, RENEW, RELEASE, INVALIDATE, SWEEP, PURGE, POSITION]) {
    hashes.set(script, createHash('sha1').update(script).digest('hex'));
  }
  return (script: string, keys: string[], args: (string | number)[]): Promise<unknown> =>
    guard(async () => {
      try {
        return await client.evalsha(hashes.get(script) ?? '', keys.length, ...keys, ...args);
      } catch (error) {
        // A Redis that started anew, or was flushed of scripts.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await client.eval(script, keys.length, ...keys, ...args);
      }
    });
}
