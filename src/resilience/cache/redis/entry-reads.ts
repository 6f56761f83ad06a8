import type { Redis } from 'ioredis';
import type { Guard, RemoteEntry } from '../remote-tier.ts';

/** Keys in Redis of an entry and of the generations that seal it. */
export interface Place {
  entry: string;
  /** Of the entry, owner included; its seal begins with it. */
  name: string;
  generations: readonly string[];
}

export interface Seen {
  /** First line of what is there. */
  head: string;
  /** Null: nothing, or nothing that may be served. */
  entry: RemoteEntry | null;
  corrupt: boolean;
}

interface Asked extends Place {
  resolve: (seen: Seen) => void;
  reject: (error: unknown) => void;
}

const MOST_AT_ONCE = 64;

/**
 * Reads entries; what is asked for in one turn of the event loop is sent together, since every packet costs
 * more than what is in it. Without a script, which would cost Redis ten times as much.
 */
export function createEntryReads(deps: {
  client: Redis;
  guard: Guard;
}): (place: Place) => Promise<Seen> {
  let asked: Asked[] = [];

  const send = async (batch: readonly Asked[]): Promise<void> => {
    try {
      // Each key once: what is asked for together mostly has generations in common.
      const keys = [...new Set(batch.flatMap(({ entry, generations }) => [entry, ...generations]))];
      const replies = await deps.guard(async () => {
        // The time afterwards, so that an entry is taken for older than it is, never for younger.
        const [texts, time] = (await deps.client.pipeline().mget(keys).time().exec()) ?? [];
        if (texts?.[0] || time?.[0]) throw texts?.[0] ?? time?.[0];
        return [texts?.[1], time?.[1]] as [(string | null)[], [number, number]];
      });
      const texts = new Map(keys.map((key, index) => [key, replies[0][index] ?? null]));
      const nowMs = Math.floor(replies[1][0] * 1000 + replies[1][1] / 1000);
      for (const { entry, name, generations, resolve } of batch) {
        const seal = [name, ...generations.map((key) => texts.get(key))].join(',');
        resolve(toSeen(texts.get(entry) ?? null, { name, seal, nowMs }));
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

/** The one reader of the format that `scripts.ts` describes. @param now.seal what it must be sealed with */
function toSeen(text: string | null, now: { name: string; seal: string; nowMs: number }): Seen {
  if (text === null) return { head: '', entry: null, corrupt: false };
  const [line = '', seal = '', version = '', bornAt] = /^(\S+) (\S+) (\d+)\n/.exec(text) ?? [];
  if (!seal.startsWith(`${now.name},`)) return { head: '', entry: null, corrupt: true };
  const ageMs = Math.max(0, now.nowMs - Number(bornAt));
  const entry = seal === now.seal ? { payload: text.slice(line.length), version, ageMs } : null;
  return { head: line.slice(0, -1), entry, corrupt: false };
}
