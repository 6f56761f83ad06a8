/** A process with a cache, that does what it is told line by line; loads are counted in Redis. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createRedis } from '#src/storage/redis/connection.ts';
import { until } from '#test/support/until.ts';
import { redisNode } from './rig.ts';

export interface Order {
  id: number;
  do: 'ask' | 'invalidate' | 'stats';
  key?: string;
  times?: number;
  loadMs?: number;
  fails?: boolean;
}

export interface Reply {
  id: number;
  /** Different answers, or sentences of failures, and how often each. */
  answers?: Record<string, number>;
  stats?: unknown;
}

const [port = '', password = ''] = process.argv.slice(2);
const where = { port: Number(port), password };
const counter = createRedis({ host: '127.0.0.1', ...where, commandTimeoutMs: 5000 });
await until(() => counter.ping(1000));
const { cache } = await redisNode(where);
const numbers = cache.define({ name: 'numbers', schema: z.number(), ttlSeconds: 600 });

async function load({ key = '', loadMs = 0, fails = false }: Order): Promise<number> {
  await counter.client.incr(`loads:${key}`);
  const seen = Number((await counter.client.get('origin')) ?? 0);
  await sleep(loadMs);
  if (fails) throw new Error('the load failed');
  return seen;
}

async function obey(order: Order): Promise<Omit<Reply, 'id'>> {
  const { key = '', times = 1 } = order;
  if (order.do === 'invalidate') {
    await cache.invalidate({ tags: ['t'] });
    return {};
  }
  if (order.do === 'stats') return { stats: cache.getCacheStats() };
  const answers: Record<string, number> = {};
  const ask = async () => {
    const answer = await numbers
      .get([key], () => load(order), { tags: ['t'] })
      .then(({ value }) => String(value))
      .catch((error: Error) => error.message);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: times }, ask));
  return { answers };
}

process.on('unhandledRejection', () => process.exit(3));
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  void obey(order).then((done) => {
    process.stdout.write(`${JSON.stringify({ id: order.id, ...done })}\n`);
  });
}
process.exit(0);
