import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Order, Reply } from './child.ts';

export interface CacheProcess {
  tell: (order: Omit<Order, 'id'>) => Promise<Reply>;
  signal: (name: NodeJS.Signals) => void;
  /** SIGKILL; what it was told is never answered. */
  kill: () => Promise<void>;
  stop: () => Promise<number | null>;
}

/** A cache in a process of its own. */
export async function startCacheProcess(redis: {
  port: number;
  password: string;
}): Promise<CacheProcess> {
  const file = fileURLToPath(new URL('child.ts', import.meta.url));
  const child = spawn(process.execPath, [file, String(redis.port), redis.password], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  const ready = Promise.withResolvers<void>();
  let next = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') return ready.resolve();
    const reply = JSON.parse(line) as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.once('exit', () => ready.reject(new Error('The process ended.')));
  await ready.promise;
  return {
    tell(order) {
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<Reply>();
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
      return promise;
    },
    signal: (name) => void child.kill(name),
    async kill() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
      return child.exitCode;
    },
  };
}
