/** The short form of test/chaos/many-clients.ts: by what is held and what is open, not by time. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { AppError } from '#src/errors.ts';
import { problems } from '#src/http/problems.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { trace } from '#src/http/request/trace.ts';
import { body } from '#src/http/server/body.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve } from '#test/support/serve.ts';
import { testService } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const MAX_BYTES = 200_000;
/** Of the largest bodies that are held at once. */
const AT_ONCE = 4;
const SENT = 180_000;

describe('large bodies', () => {
  const service = testService({ MAX_UPLOAD_SIZE: String(MAX_BYTES) });
  const open = (bytes: string) => {
    const socket: Socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const seen = { text: '', isClosed: false, socket };
    socket.on('data', (chunk) => (seen.text += chunk.toString()));
    socket.on('error', () => undefined).on('close', () => (seen.isClosed = true));
    socket.write(bytes);
    return seen;
  };
  const head = (length: number) =>
    `POST /api/v1/candidates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const text = (id: string) =>
    JSON.stringify({ candidate_id: id, initial_data: { note: 'x'.repeat(90_000) } }).padEnd(
      SENT + 1000,
    );
  const metric = async (pattern: RegExp) => {
    const all = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    return Number(pattern.exec(all)?.[1] ?? 0);
  };
  const refusals = () => metric(/^http_requests_shed_total\{reason="bodies"\} (\d+)$/m);

  it('are held up to a bound; who would exceed it gets 503 and Retry-After, the others what they asked for', async () => {
    const before = await refusals();
    const clients = Array.from({ length: 12 }, (_, n) => {
      const body = text(`large-${n}`);
      return { rest: body.slice(SENT), seen: open(head(body.length) + body.slice(0, SENT)) };
    });
    const waiting = () => clients.filter(({ seen }) => seen.text === '');
    await until(() => waiting().length <= AT_ONCE);
    const small = await service.post('/api/v1/candidates', { candidate_id: 'small' });
    assert.equal(small.status, 201, 'small ones always fit');
    const others = clients.filter(({ seen }) => seen.text !== '');
    for (const { seen, rest } of others) {
      assert.match(seen.text, /^HTTP\/1\.1 503 /);
      assert.match(seen.text, /^Retry-After: 1\r$/m);
      seen.socket.write(rest);
    }
    const left = waiting();
    assert.ok(left.length >= 1, 'nobody was served');
    for (const { seen, rest } of left) seen.socket.write(rest);
    await until(() => waiting().length === 0);
    for (const { seen } of left) assert.match(seen.text, /^HTTP\/1\.1 201 /);
    assert.equal((await refusals()) - before, others.length);
    assert.equal(
      (await service.post('/api/v1/candidates', text('afterwards'))).status,
      201,
      'there is room again',
    );
    for (const { seen } of clients) seen.socket.destroy();
  });

  it('that are broken off give back what they held, and their descriptors', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').length;
    await until(async () => (await metric(/^http_requests_in_flight (\d+)$/m)) === 0);
    const before = descriptors();
    for (let round = 0; round < 10; round += 1) {
      const some = Array.from({ length: 30 }, () => {
        const one = open(head(MAX_BYTES) + 'x'.repeat(20_000));
        one.socket.write('x'.repeat(80_000), () => one.socket.destroy());
        return one;
      });
      await until(() => some.every(({ isClosed }) => isClosed));
    }
    await until(() => descriptors() <= before + 5);
    await until(async () => (await metric(/^http_requests_in_flight (\d+)$/m)) === 0);
    const all = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) =>
        service.post('/api/v1/candidates', text(`again-${n}`)),
      ),
    );
    assert.deepEqual(
      all.map(({ status }) => status),
      Array.from({ length: AT_ONCE }, () => 201),
    );
  });
});

describe('the time for a body', () => {
  it('is that of an upload where the route takes one, once it is admitted', async () => {
    const allowed: [string | undefined, number][] = [];
    const facts = { body: 'multipart' } as const;
    const app = await serve(
      trace({ factsOf: (_, path) => factsAt(path, path === '/upload' ? facts : { body: 'form' }) }),
      problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
      deadline({ timeoutMs: 10_000 }),
      body({ maxBytes: 10, receiveTimes: { allow: ({ url }, ms) => allowed.push([url, ms]) } }),
      (ctx) => void (ctx.status = 204),
    );
    const post = (path: string, type: string, length = 1) =>
      fetch(app.url + path, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: 'x'.repeat(length),
      }).then(({ status }) => status);
    try {
      const form = 'multipart/form-data; boundary=x';
      assert.equal(await post('/form', 'application/x-www-form-urlencoded'), 204);
      assert.equal(await post('/upload', 'application/json'), 415);
      assert.equal(await post('/upload', form, 100_000), 413);
      assert.deepEqual(allowed, []);
      assert.equal(await post('/upload', form), 204);
      assert.deepEqual(allowed, [['/upload', 30_000]]);
    } finally {
      await app.close();
    }
  });
});
