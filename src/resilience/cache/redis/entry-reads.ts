import type { Redis } from 'ioredis';
import type { Guard, SharedRead } from './shared-tier.ts';

/** Keys in Redis of an entry and of the generations that seal it. */
export interface Place {
  entry: string;
  /** Of the entry; its seal begins with it. */
  name: string;
  generations: readonly string[];
}

interface Asked extends Place {
  resolve: (read: SharedRead | null) => void;
  reject: (error: unknown) => void;
}

const MOST_AT_ONCE = 64;

/**
 * Reads entries without a script, which costs Redis ten times as much; what is asked for in one turn of the
 * event loop travels together, since every packet costs more than what is in it.
 *
 * @returns null for whatever is not plainly an entry: the script decides
 */
export function createPlainReads(deps: {
  client: Redis;
  guard: Guard;
}): (place: Place) => Promise<SharedRead | null> {
  const { client, guard } = deps;
  let asked: Asked[] = [];

  const send = async (batch: readonly Asked[]): Promise<void> => {
    try {
      const { keys, places } = placesOf(batch);
      const replies = await guard(async () => {
        const pipeline = client.pipeline();
        pipeline.mget(keys);
        // Afterwards, so that an entry is taken for older than it is, never for younger.
        pipeline.time();
        return (await pipeline.exec()) ?? [];
      });
      const failed = replies.find(([error]) => error !== null);
      if (failed !== undefined) throw failed[0];
      const [texts, [seconds, micros]] = replies.map(([, reply]) => reply) as [
        (string | null)[],
        [string, string],
      ];
      const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      for (const { entry, name, generations, resolve } of batch) {
        const textOf = (key: string) => texts[places.get(key) ?? -1] ?? null;
        const [text, ...words] = [entry, ...generations].map(textOf);
        const known = typeof text === 'string' && !words.includes(null);
        resolve(known ? toEntry(text, [name, ...words].join(','), nowMs) : null);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const flush = () => {
    const all = asked;
    asked = [];
    for (let from = 0; from < all.length; from += MOST_AT_ONCE) {
      void send(all.slice(from, from + MOST_AT_ONCE));
    }
  };

  return (place) =>
    new Promise((resolve, reject) => {
      asked.push({ ...place, resolve, reject });
      if (asked.length === 1) process.nextTick(flush);
    });
}

/** Each key once: what is asked for together mostly has generations in common. */
function placesOf(batch: readonly Place[]): { keys: string[]; places: Map<string, number> } {
  const places = new Map<string, number>();
  for (const { entry, generations } of batch) {
    if (!places.has(entry)) places.set(entry, places.size);
    for (const key of generations) if (!places.has(key)) places.set(key, places.size);
  }
  return { keys: [...places.keys()], places };
}

function toEntry(text: string, seal: string, nowMs: number): SharedRead | null {
  const line = text.indexOf('\n');
  const [sealed, version = '', ...times] = text.slice(0, Math.max(0, line)).split(' ');
  const [ttlMs = NaN, dueMs = NaN, keepMs = NaN, goneAt = NaN] = times.map(Number);
  const leftMs = goneAt - nowMs;
  const ageMs = Math.max(0, keepMs - leftMs);
  // Anything that is no number compares as false.
  const readable = sealed === seal && leftMs > 0 && ageMs < ttlMs && dueMs >= 0;
  if (!readable) return null;
  return { kind: 'entry', version, ageMs, ttlMs, dueMs, leftMs, payload: text.slice(line + 1) };
}
