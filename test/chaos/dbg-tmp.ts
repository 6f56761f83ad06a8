import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '../../src/storage/redis.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startRedisServer } from '../support/redis-server.ts';
const server = await startRedisServer();
const proxy = await startFaultProxy({ port: server.port });
let what = '';
process.on('unhandledRejection', (e) => console.log('UNHANDLED in', what, (e as Error).message.slice(0, 60)));
const { client } = createRedis({ port: proxy.port, password: server.password, commandTimeoutMs: 50 });
await sleep(300);
for (const kind of ['pipeline', 'evalsha', 'mget'] as const) {
  what = kind;
  for (let i = 0; i < 60; i++) {
    if (i % 10 === 0) await proxy.set({ kind: 'pass' });
    if (i % 10 === 5) void proxy.set({ kind: 'refuse' });
    for (let j = 0; j < 3; j++) {
    if (kind === 'pipeline') client.pipeline().mget(['a']).time().exec().catch(() => {});
    else if (kind === 'evalsha') client.evalsha('abc', 0).catch(() => {});
    else client.mget(['a']).catch(() => {}); }
    await sleep(i % 10 < 5 ? 100 : 3);
  }
  await proxy.set({ kind: 'pass' }); await sleep(1500);
}
process.exit(0);
