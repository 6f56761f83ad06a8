/**
 * `node --import ./test/bench/assembled-telemetry.mjs test/bench/assembled.mjs koa|fastify|express [redis url]`: what
 * people assemble of popular packages, as their guides say. Each has a request id, two windows of a limit by address,
 * a histogram by route and status, a log line, and a span by OpenTelemetry's instrumentation of http. Answers
 * `GET /answer/:name` with the text that `ANSWERS` has of that name, with an entity tag (and 304 to who has it) where
 * that of the service has one; prints its port. Nothing is looked up, and the text was written before, as the service's
 * was: what differs is what stands around an answer. Of the service's other headers, such as helmet's, they have none.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { trace } from '@opentelemetry/api';
import etag from 'etag';
import { Redis } from 'ioredis';
import promClient from 'prom-client';
import winston from 'winston';

const [, , stack = 'koa', redisUrl = ''] = process.argv;
/** @type {Record<string, { text: string, tagged: boolean }>} */
const answers = JSON.parse(process.env['ANSWERS'] ?? '{}');
const windows = [
  { name: 'minute', seconds: 60, quota: 10_000_000 },
  { name: 'hour', seconds: 3600, quota: 100_000_000 },
];
const redis = redisUrl === '' ? null : new Redis(redisUrl);
const duration = new promClient.Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time to the answer',
  labelNames: ['method', 'route', 'status_code'],
});
const log = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.Stream({ stream: process.stderr })],
});

/** @param {{ method: string, route: string, path: string, status: number, id: string, ip: string, startedAt: number }} what */
function finished({ method, route, path, status, id, ip, startedAt }) {
  const seconds = (performance.now() - startedAt) / 1000;
  duration.observe({ method, route, status_code: status }, seconds);
  log.info('request', {
    method,
    path,
    status,
    seconds,
    request_id: id,
    ip,
    trace_id: trace.getActiveSpan()?.spanContext().traceId,
  });
}

const JSON_TYPE = 'application/json; charset=utf-8';
const answerOf = (/** @type {string} */ name) => answers[name] ?? { text: '', tagged: false };

const idOf = (/** @type {string | string[] | undefined} */ given) =>
  typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();

async function koa() {
  const { default: Koa } = await import('koa');
  const { default: Router } = await import('@koa/router');
  const { RateLimiterMemory, RateLimiterRedis } = await import('rate-limiter-flexible');
  const limiters = windows.map(({ name, seconds, quota }) =>
    redis === null
      ? new RateLimiterMemory({ keyPrefix: name, points: quota, duration: seconds })
      : new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: name,
          points: quota,
          duration: seconds,
        }),
  );
  const app = new Koa();
  app.use(async (ctx, next) => {
    const startedAt = performance.now();
    const id = idOf(ctx.get('x-request-id'));
    ctx.set('X-Request-Id', id);
    try {
      await next();
    } finally {
      const { method, path, status, ip } = ctx;
      finished({ method, route: ctx['_matchedRoute'] ?? '', path, status, id, ip, startedAt });
    }
  });
  app.use(async (ctx, next) => {
    try {
      for (const [index, limiter] of limiters.entries()) {
        const { remainingPoints, msBeforeNext } = await limiter.consume(ctx.ip);
        if (index > 0) continue;
        ctx.set('X-RateLimit-Limit', String(windows[0]?.quota));
        ctx.set('X-RateLimit-Remaining', String(remainingPoints));
        ctx.set('X-RateLimit-Reset', String(Math.ceil(msBeforeNext / 1000)));
      }
    } catch {
      ctx.status = 429;
      return;
    }
    await next();
  });
  const router = new Router();
  router.get('/answer/:name', (ctx) => {
    const { text, tagged } = answerOf(ctx.params['name'] ?? '');
    ctx.type = JSON_TYPE;
    ctx.body = text;
    // As koa-etag and koa-conditional-get do.
    if (tagged) ctx.etag = etag(text);
    if (tagged && ctx.fresh) ctx.status = 304;
  });
  app.use(router.routes());
  const handle = app.callback();
  return createServer((request, response) => void handle(request, response));
}

async function fastify() {
  const { default: Fastify } = await import('fastify');
  const { default: rateLimit } = await import('@fastify/rate-limit');
  const app = Fastify({ requestIdHeader: 'x-request-id', genReqId: () => randomUUID() });
  for (const { name, seconds, quota } of windows) {
    await app.register(rateLimit, {
      max: quota,
      timeWindow: seconds * 1000,
      nameSpace: `fastify-${name}-`,
      ...(redis === null ? {} : { redis }),
    });
  }
  app.addHook('onSend', async (request, reply) => void reply.header('X-Request-Id', request.id));
  app.addHook('onResponse', async (request, reply) => {
    finished({
      method: request.method,
      route: request.routeOptions.url ?? '',
      path: request.url,
      status: reply.statusCode,
      id: request.id,
      ip: request.ip,
      startedAt: performance.now() - reply.elapsedTime,
    });
  });
  app.get('/answer/:name', (request, reply) => {
    const { text, tagged } = answerOf(request.params.name);
    reply.header('Content-Type', JSON_TYPE);
    if (!tagged) return reply.send(text);
    // As @fastify/etag does.
    const tag = etag(text);
    reply.header('ETag', tag);
    return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(text);
  });
  await app.ready();
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
}

async function express() {
  const { default: Express } = await import('express');
  const { rateLimit } = await import('express-rate-limit');
  const { RedisStore } = await import('rate-limit-redis');
  const app = Express();
  app.use((request, response, next) => {
    const startedAt = performance.now();
    const id = idOf(request.headers['x-request-id']);
    response.setHeader('X-Request-Id', id);
    response.on('finish', () => {
      const { method, path, ip = '' } = request;
      const route = request.route?.path ?? '';
      finished({ method, route, path, status: response.statusCode, id, ip, startedAt });
    });
    next();
  });
  for (const { name, seconds, quota } of windows) {
    app.use(
      rateLimit({
        windowMs: seconds * 1000,
        limit: quota,
        standardHeaders: name === 'minute' ? 'draft-7' : false,
        legacyHeaders: false,
        ...(redis === null
          ? {}
          : {
              store: new RedisStore({
                prefix: `express-${name}-`,
                sendCommand: (command, ...args) => redis.call(command, ...args),
              }),
            }),
      }),
    );
  }
  // It tags all answers by itself.
  app.get('/answer/:name', (request, response) => {
    response.type(JSON_TYPE).send(answerOf(request.params.name).text);
  });
  return createServer(app);
}

const server = await { koa, fastify, express }[stack]();
if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
process.stdout.write(`${server.address().port}\n`);
process.on('SIGINT', () => process.exit(0));
