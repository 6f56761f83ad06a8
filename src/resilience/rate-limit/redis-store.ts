/** The windows in Redis, shared by all processes. Every error is the caller's to handle. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisError } from '../../storage/redis/errors.ts';
import { createScript, runScript } from '../../storage/redis/run-script.ts';
import { chargeOf } from './decision.ts';
import type { Policy } from './policy.ts';
import { setReading, type Readings } from './readings.ts';
import type { Counting } from './memory-store.ts';
import { addingScript, script } from './script.ts';
import type { Subject } from './subject.ts';

const windows = createScript('rate_limit_take', script);
const addition = createScript('rate_limit_add', addingScript);

/** Names what Redis holds: it is gone when that is lost. */
const DATA_KEY = 'rl:data';

export interface RedisStore {
  /**
   * Decides all policies of the subject for so many equal requests, in order, in one round trip, and
   * counts what it admits, or only looks. A server that lost its scripts costs a second one, and
   * nothing is counted twice.
   * @returns what each of the requests is told, as if it had come by itself
   */
  take: (subject: Subject, cost: number, requests: number, write: boolean) => Promise<Readings[]>;
  reset: (subject: Subject) => Promise<void>;
  /** @returns how long ago the subject was reset, or null when it was not within its longest window */
  resetAgeMs: (subject: Subject) => Promise<number | null>;
}

export interface Identity {
  data: string;
  server: string;
}

/** What tells Redis of that which was admitted without it. */
export interface Reconcilable {
  /**
   * The name of what Redis holds, and of the process that holds it. Another server has the same data after a
   * fail-over, or a restart that kept it; a server may throw the name alone away (`maxmemory-policy`). Where both
   * are others, what Redis held is lost.
   */
  identity: () => Promise<Identity>;
  /** Adds to one window of a subject. */
  add: (subject: Subject, policy: number, counted: readonly Counting[]) => Promise<void>;
}

/** @param deps.client a connection of the limiter's own that never resends (`createRedis`) */
export function createRedisStore(deps: {
  client: Pick<
    Redis,
    'evalsha' | 'eval' | 'multi' | 'pttl' | 'on' | 'get' | 'set' | 'info' | 'status'
  >;
  /** The connection was lost: what Redis held may be lost too. */
  onLost?: () => void;
  /** There is a connection, the first or another one. */
  onReady?: () => void;
  /** The connection was given up for good. */
  onEnd?: () => void;
}): RedisStore & Reconcilable {
  const { client, onLost, onReady, onEnd } = deps;
  if (onLost !== undefined) client.on('close', onLost);
  if (onReady !== undefined) client.on('ready', onReady);
  if (onEnd !== undefined) client.on('end', onEnd);
  return {
    async take(subject, cost, requests, write) {
      const args = [cost, requests, write ? 1 : 0, ...subject.set.scriptArguments];
      const reply = (await runScript(client, windows, subject.keys, args)) as number[];
      return readingsOf(subject, cost, requests, reply);
    },
    async reset(subject) {
      const { longestWindowMs } = subject.set;
      await client
        .multi()
        .del(...subject.keys)
        .set(markOf(subject), '', 'PX', longestWindowMs)
        .exec();
    },
    async identity() {
      // It is asked for again and again: not by commands that fail, which would be in the metrics of Redis.
      if (client.status !== 'ready') {
        throw new RedisError(new Error('There is no connection.'), { wasSent: false });
      }
      const [info, name] = await Promise.all([client.info('server'), client.get(DATA_KEY)]);
      const server = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
      if (name !== null) return { server, data: name };
      await client.set(DATA_KEY, randomUUID(), 'NX');
      return { server, data: (await client.get(DATA_KEY)) ?? '' };
    },
    async add(subject, policy, counted) {
      const { windowMs } = subject.set.policies[policy] as Policy;
      const cells = counted.flatMap(({ ageMs, count }) => [Math.round(ageMs * 1000), count]);
      const key = subject.keys[policy] as string;
      await runScript(client, addition, [key], [windowMs * 1000, ...cells]);
    },
    async resetAgeMs(subject) {
      const left = await client.pttl(markOf(subject));
      return left < 0 ? null : subject.set.longestWindowMs - left;
    },
  };
}

/** What the script says of all requests, told to each of them. Those that were refused are told the same. */
export function readingsOf(
  subject: Subject,
  cost: number,
  requests: number,
  reply: readonly number[],
): Readings[] {
  const { set } = subject;
  const { quotas, enforced } = set;
  const [admitted = 0, all = 0] = reply;
  const told: Readings[] = [];
  for (let n = 1; n <= Math.min(requests, admitted + 1); n += 1) {
    const readings: Readings = [];
    for (let i = 0; i < quotas.length; i += 1) {
      const at = 3 * i + 2;
      const counted = enforced[i] === true ? admitted : all;
      const own = Math.min(n, counted) * chargeOf(set, i, cost);
      const wait = n <= counted ? 0 : (reply[at + 1] as number);
      setReading(readings, i, (reply[at] as number) + own, wait, reply[at + 2] as number);
    }
    told.push(readings);
  }
  while (told.length < requests) told.push(told[admitted] as Readings);
  return told;
}

/** Tells other processes that what they remember was reset, not lost. In the slot of the windows. */
function markOf(subject: Subject): string {
  return `${subject.keys[0]}:reset`;
}
