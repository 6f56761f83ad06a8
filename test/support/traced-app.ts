/**
 * A small service with the real telemetry, run as a process of its own: what the preload does can
 * be seen only from outside. Prints `{"port": …, "metricsPort": …}` and stops at SIGTERM.
 */
import { request } from 'node:http';
import { once } from 'node:events';
import { Router } from '@koa/router';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { startMetricsServer } from '#src/http/server/metrics-server.ts';
import { problems } from '#src/http/problems.ts';
import { requestLog } from '#src/http/request/request-log.ts';
import { requestMetrics } from '#src/http/request/request-metrics.ts';
import type { Middleware, RequestState } from '#src/http/request/context.ts';
import { trace } from '#src/http/request/trace.ts';
import { createLogger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { telemetry } from '#telemetry/start.ts';
import { recordSpan } from '#telemetry/tracing.ts';
import { factsAt } from './route-facts.ts';
import { serve } from './serve.ts';
import { withSpan } from './with-span.ts';

const log = createLogger({ level: 'debug', serviceVersion: '0.0.0', environment: 'testing' });
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 3 });
const redis = new Redis(process.env['REDIS_URL'] ?? '', { lazyConnect: true });
await redis.connect();
await pool.query('create temporary table warm_up (id int)');

const router = new Router<RequestState>({ prefix: '/v1' });
// Answers inside of router.use: the stock instrumentation reports its pattern as the route.
router.use(async (ctx, next) => {
  if (ctx.get('X-Refuse') === '') await next();
  else ctx.status = 429;
});
router.get('/items/:id', async (ctx) => {
  const secret = String(ctx.query['token']);
  log.info('asked for an item', { token: secret, text: `Bearer ${secret}` });
  await pool.query(`select\n'${secret}'::text as "value" from "pg_catalog"."pg_class" limit 1`);
  await pool.query(`select '${secret}'::uuid`).catch(() => {});
  await redis.set(`key:${secret}`, secret);
  await withSpan('engine.run', { 'engine.version': '1' }, () => {
    recordSpan('engine.parse', Date.now() - 5, Date.now());
  });
  await fetch(`${app.url}/v1/hooks/1?token=${secret}`);
  const outgoing = request(`${app.url}/v1/hooks/plain?token=${secret}`).end();
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  ctx.body = '{"ok":true}';
});
router.get('/hooks/:id', (ctx) => {
  ctx.status = 204;
});
router.post('/items', async (ctx) => {
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  throw new Error(`insert into "items" values ('${body}') - failed`, {
    cause: new Error(`password=${body}`),
  });
});
const app = await serve(
  trace({
    factsOf: (method, path) =>
      path === '/health'
        ? factsAt(path, { probe: true })
        : factsAt(
            String(
              router.match(path, method).path.findLast((layer) => layer.methods.length > 0)?.path ??
                'unmatched',
            ),
          ),
  }),
  requestLog({ log, slowRequestMs: 1000 }),
  requestMetrics([]),
  problems({ mapError: () => null }),
  router.routes() as unknown as Middleware,
);
const metrics = await startMetricsServer({
  host: '127.0.0.1',
  port: 0,
  token: null,
  render: (accept) => renderMetrics(accept, telemetry.collect),
  log,
});
process.stdout.write(`${JSON.stringify({ port: app.port, metricsPort: metrics.port })}\n`);

await once(process, 'SIGTERM');
await app.close();
await metrics.close();
await pool.end();
redis.disconnect();
const start = performance.now();
await telemetry.shutdown();
process.stdout.write(`${JSON.stringify({ shutdownMs: performance.now() - start })}\n`);
process.exit(0);
