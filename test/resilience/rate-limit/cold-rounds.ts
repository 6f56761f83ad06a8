/** Rounds of a cold fleet: processes that have just started ask one Redis in one burst. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { RedisServer } from '#test/support/redis-server.ts';

export interface ColdRound {
  /** Admitted by Redis and, without it, by the processes themselves. */
  redis: number;
  memory: number;
  failures: string[];
}

const program = fileURLToPath(new URL('./cold-process.ts', import.meta.url));

async function startCold(url: string, requests: number, instances: number) {
  const args = [program, url, String(requests), String(instances)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The process ended before it had answered.');
    return value;
  };
  await next();
  return async () => {
    child.stdin.write('go\n');
    return JSON.parse(await next()) as ColdRound;
  };
}

/** @param requests of each process @param before what happens to Redis when all are ready */
export async function coldRound(
  server: RedisServer,
  fleet: { processes: number; requests: number },
  before: () => void = () => {},
): Promise<ColdRound> {
  const { processes, requests } = fleet;
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  const starting = Array.from({ length: processes }, () =>
    startCold(server.url, requests, processes),
  );
  const ready = await Promise.all(starting);
  before();
  const results = await Promise.all(ready.map((go) => go()));
  const sum = (of: (round: ColdRound) => number) => results.reduce((n, r) => n + of(r), 0);
  return {
    redis: sum((r) => r.redis),
    memory: sum((r) => r.memory),
    failures: [...new Set(results.flatMap((r) => r.failures))],
  };
}

/** Keeps so many cores busy. @returns ends it */
export function burnCores(cores: number): () => Promise<void> {
  const burning = Array.from({ length: cores }, (): ChildProcess =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return async () => {
    const exits = burning.map((child) => once(child, 'exit'));
    burning.forEach((child) => child.kill('SIGKILL'));
    await Promise.all(exits);
  };
}
