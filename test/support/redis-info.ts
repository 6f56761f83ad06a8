/** What a Redis of the tests says of itself. */
import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server.ts';

export interface RedisInfo {
  /** Of processor time, since it started. */
  cpuSeconds(): Promise<number>;
  close(): Promise<void>;
}

export async function createClient({ url }: Pick<RedisServer, 'url'>): Promise<RedisInfo> {
  const client = new Redis(url);
  return {
    async cpuSeconds() {
      const text = await client.info('cpu');
      const of = (name: string) => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]);
      return of('used_cpu_sys') + of('used_cpu_user');
    },
    close: async () => client.disconnect(),
  };
}
