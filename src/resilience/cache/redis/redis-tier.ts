import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { runScript, type Script } from '../../../storage/redis/run-script.ts';
import { LARGEST_PAYLOAD } from '../payload.ts';
import {
  LEASE_MS,
  type Address,
  type Guard,
  type Lease,
  type SharedRead,
  type RemoteTier,
} from '../remote-tier.ts';
import { createEntryReads } from './entry-reads.ts';
import { HOLD, INVALIDATE, LEASE, MARK, POLL, PURGE, STORE, SWEEP } from './scripts.ts';

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

/** With the version of the format. */
const PREFIX = 'sono-eval:cache:2:';

/** Where invalidations are announced: keys are of a database, but channels of the whole server. */
export function busChannel({ options }: Redis, prefix = PREFIX): string {
  return `${prefix}bus:${options.db ?? 0}`;
}

export function createRedisTier(deps: {
  client: Redis;
  guard: Guard;
  newToken: () => string;
  /** Keys begin with it. */
  prefix?: string;
}): RemoteTier {
  const { client, guard, newToken, prefix = PREFIX } = deps;
  const run = (script: Script, keys: readonly string[], args: readonly (string | number)[]) =>
    guard(() => runScript(client, script, keys, args));
  const readEntry = createEntryReads({ client, guard });
  /** Entries that could not be read: the size is looked at before what may be a giant is sent again. */
  const doubtful = new LRUCache<string, true>({ max: MOST_DOUBTFUL });
  /** Of tags and owners, which come again and again. */
  const digests = new LRUCache<string, string>({ max: 1000, memoMethod: digest });
  const generationKey = (tag: string) => `${prefix}generation:${digests.memo(tag)}`;
  const indexKey = (tag: string) => `${prefix}index:${digests.memo(tag)}`;
  const positionKey = `${prefix}position`;
  const directoryKey = `${prefix}directory`;

  const keysOf = ({ cache, owner, id }: Omit<Address, 'tags'>) => {
    const name = `${digests.memo(owner)}.${digest(id)}`;
    const [entry, lease] = [`${prefix}entry:${cache}:${name}`, `${prefix}lease:${cache}:${name}`];
    return { name, entry, lease };
  };
  const placeOf = (at: Address) => ({
    ...keysOf(at),
    generations: [EVERYTHING, ...at.tags].map(generationKey),
  });

  /** Removes what the index of the tag knows. */
  const sweep = async (tag: string): Promise<{ removed: number; isLost: boolean }> => {
    const keys = [indexKey(tag), directoryKey];
    let [removed, isLost] = [0, false];
    for (let round = 0; round < SWEEP_ROUNDS; round++) {
      const reply = (await run(SWEEP, keys, [SWEEP_AT_ONCE])) as [number, number, number];
      removed += reply[1];
      isLost ||= reply[2] === 1;
      if (reply[0] < SWEEP_AT_ONCE) return { removed, isLost };
    }
    return { removed, isLost: true };
  };
  const eachEntry = async (remove: (keys: string[]) => Promise<unknown>): Promise<number> => {
    let removed = 0;
    let cursor = '0';
    do {
      const [next, keys] = await guard(() =>
        client.scan(cursor, 'MATCH', `${prefix}entry:*`, 'COUNT', SCAN_COUNT),
      );
      if (keys.length > 0) removed += Number(await remove(keys));
      cursor = next;
    } while (cursor !== '0');
    return removed;
  };

  return {
    async read(at, willDo, wanted = 'lease') {
      const place = placeOf(at);
      const remove = () => guard(() => client.unlink(place.entry));
      if (doubtful.delete(place.entry)) {
        const bytes = await guard(() => client.strlen(place.entry));
        if (bytes > LARGEST_BYTES) return remove().then(() => ({ kind: 'corrupt' }));
      }
      const { head, entry, corrupt } = await readEntry(place).catch((error: unknown) => {
        doubtful.set(place.entry, true);
        throw error;
      });
      if (corrupt) return remove().then(() => ({ kind: 'corrupt' }));
      if (entry !== null && willDo(entry)) return { kind: 'entry', ...entry };
      if (wanted === 'no lease') return { kind: 'none' };
      const token = newToken();
      const keys = [place.entry, place.lease, ...place.generations];
      const reply = await run(LEASE, keys, [token, LEASE_MS, UNUSED_GENERATION_MS, head]);
      return toRead(reply as string[], token);
    },
    async store(at, lease, { payload, version, ageMs, keepMs }) {
      const { entry, lease: leaseKey, generations } = placeOf(at);
      const left = Math.max(1, Math.round(keepMs - ageMs));
      const lives = left + GENERATION_MARGIN_MS;
      const keys = [entry, leaseKey, ...generations, directoryKey, ...at.tags.map(indexKey)];
      const about = [valueOf(lease), version, left, generations.length, lease.seal, lives];
      const outcome = await run(STORE, keys, [...about, payload, Math.round(ageMs)]);
      return outcome as Awaited<ReturnType<RemoteTier['store']>>;
    },
    async renew(at, lease) {
      await run(HOLD, [keysOf(at).lease], [valueOf(lease), valueOf(lease), LEASE_MS]);
    },
    async release(at, lease, { text, ms } = { text: '', ms: 1 }) {
      const told = text === '' ? '' : `!${lease.seal} ${text}`;
      await run(HOLD, [keysOf(at).lease], [valueOf(lease), told, Math.round(ms)]);
    },
    async remove(at) {
      await guard(() => client.unlink(keysOf(at).entry));
    },
    async invalidate({ keys, tags, all, erase, message }) {
      const places = keys.map(keysOf);
      const generations = [...tags, ...(all ? [EVERYTHING] : [])].map(generationKey);
      const entries = places.map(({ entry }) => entry);
      const named = [positionKey, ...entries, ...places.map(({ lease }) => lease), ...generations];
      const args = [busChannel(client, prefix), message, newToken(), keys.length];
      let removed = Number(await run(INVALIDATE, named, args));
      // Nothing of them is readable any more; this frees the memory.
      const lost: string[] = [];
      for (const tag of tags) {
        const swept = await sweep(tag);
        removed += swept.removed;
        if (swept.isLost) lost.push(generationKey(tag).slice(-MARK));
      }
      if (all) removed += await eachEntry((found) => guard(() => client.unlink(...found)));
      else if (erase && lost.length > 0)
        removed += await eachEntry((found) => run(PURGE, found, lost));
      return removed;
    },
    async poll() {
      const [epoch, number] = (await run(POLL, [positionKey], [newToken()])) as string[];
      return { epoch: String(epoch), number: Number(number) };
    },
  };
}

function toRead([kind, text = '']: string[], token: string): SharedRead {
  if (kind === 'lease') return { kind, lease: { token, seal: text } };
  if (kind === 'failed') return { kind, failure: text };
  return { kind: kind === 'busy' || kind === 'corrupt' ? kind : 'none' };
}

function valueOf({ token, seal }: Lease): string {
  return `${token} ${seal}`;
}

/** Keys in Redis are bounded and tell nothing of a person. */
function digest(text: string): string {
  return hash('sha256', Buffer.from(text, 'utf16le'), 'base64url').slice(0, 32);
}
