/** What routes state is what happens: through the middleware that act on it. */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { AppError } from '#src/errors.ts';
import { problems } from '#src/http/problems.ts';
import { unmatched, type RouteFacts } from '#src/http/request/context.ts';
import { ClientGone, deadline } from '#src/http/request/deadline.ts';
import { trace } from '#src/http/request/trace.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { route, type Reply, type Route } from '#src/http/routing/route.ts';
import { body } from '#src/http/server/body.ts';
import { plainRoute } from '#test/support/plain-route.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { until } from '#test/support/until.ts';

describe('the facts of a route', () => {
  const table = createRouteTable([
    route({ ...plainRoute, path: '/plain' }),
    route({
      ...plainRoute,
      path: '/stated/:id',
      access: 'admin',
      cost: 7,
      timeoutMs: 50,
      reply: 'text',
      probe: true,
      names: 'candidate',
    }),
  ]);

  it('are worked out once: each request of a route gets the same object', () => {
    assert.equal(table.factsOf('GET', '/stated/1'), table.factsOf('HEAD', '/stated/2'));
    assert.equal(table.factsOf('GET', '/plain'), table.factsOf('GET', '/plain'));
  });

  it('have defaults for what is not stated', () => {
    const plain: RouteFacts = {
      template: '/plain',
      access: 'public',
      cost: 1,
      timeoutMs: undefined,
      body: 'none',
      admission: undefined,
      reply: 'json',
      probe: false,
      names: undefined,
    };
    assert.deepEqual(table.factsOf('GET', '/plain'), plain);
    assert.deepEqual(table.factsOf('GET', '/stated/1'), {
      template: '/stated/:id',
      access: 'admin',
      cost: 7,
      timeoutMs: 50,
      body: 'none',
      admission: undefined,
      reply: 'text',
      probe: true,
      names: 'candidate',
    });
  });

  it('of a method that the path has not keep its template, cost and probe', () => {
    const { template, cost, probe, reply } = table.factsOf('PUT', '/stated/1');
    assert.deepEqual([template, cost, probe, reply], ['/stated/:id', 7, true, 'json']);
  });

  it('of no route are those of an unmatched path', () => {
    for (const path of ['/', '/plain/', '/PLAIN', '/stated', '/stated/:id/x', '/undefined'])
      assert.equal(table.factsOf('GET', path), unmatched, path);
  });

  it('leave a multipart body to its handler', () => {
    const upload = route({
      ...plainRoute,
      method: 'post',
      path: '/upload',
      body: { multipart: z.object({}) },
    });
    const { body } = createRouteTable([upload]).factsOf('POST', '/upload');
    assert.equal(body, 'multipart');
  });
});

describe('a route that is served', () => {
  let app: Served;
  const reasons: unknown[] = [];
  const aborted = async (signal: AbortSignal): Promise<Reply> => {
    if (!signal.aborted) await once(signal, 'abort');
    reasons.push(signal.reason);
    throw signal.reason;
  };
  const ticks = async function* (signal: AbortSignal) {
    yield { id: '1', event: 'progress', data: { percent: 0, text: 'a\nb' } };
    yield { event: 'completed', data: null };
    await once(signal, 'abort');
    reasons.push(signal.reason);
  };
  const routes: Route[] = [
    route({
      ...plainRoute,
      path: '/impatient',
      timeoutMs: 20,
      handle: ({ ctx }) => aborted(ctx.state.signal),
    }),
    route({
      ...plainRoute,
      path: '/events',
      reply: 'events',
      timeoutMs: 20,
      handle: ({ ctx }) => ({ status: 200, body: ticks(ctx.state.signal) }),
    }),
    route({
      ...plainRoute,
      path: '/text',
      reply: 'text',
      handle: () => ({ status: 200, body: 'plain' }),
    }),
    route({
      ...plainRoute,
      path: '/page',
      reply: 'text',
      handle: () => ({ status: 200, body: '<p>', headers: { 'Content-Type': 'text/html' } }),
    }),
    route({
      ...plainRoute,
      path: '/bytes',
      reply: 'bytes',
      handle: () => ({ status: 200, body: Buffer.from([0, 255]) }),
    }),
    route({
      ...plainRoute,
      path: '/json-text',
      handle: () => ({ status: 200, body: '{"already": "text"}' }),
    }),
    route({ ...plainRoute, path: '/nothing', handle: () => ({ status: 202 }) }),
  ];
  before(async () => {
    const table = createRouteTable(routes);
    app = await serve(
      trace(table),
      problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
      deadline({ timeoutMs: 30_000 }),
      body({ maxBytes: 1000 }),
      table.routes,
    );
  });
  after(() => app.close());
  beforeEach(() => {
    reasons.length = 0;
  });

  it('has its own timeout', async () => {
    const response = await fetch(`${app.url}/impatient`);
    assert.equal(response.status, 504);
    const { detail } = (await response.json()) as { detail: string };
    assert.match(detail, /within 0\.02 s/);
    assert.equal((reasons[0] as AppError).code, 'REQUEST_TIMEOUT');
  });

  for (const [path, type, bytes] of [
    ['/text', 'text/plain; charset=utf-8', Buffer.from('plain')],
    ['/page', 'text/html', Buffer.from('<p>')],
    ['/bytes', 'application/octet-stream', Buffer.from([0, 255])],
    ['/json-text', 'application/json; charset=utf-8', Buffer.from('{"already": "text"}')],
    ['/nothing', null, Buffer.alloc(0)],
  ] as const) {
    it(`answers ${path} as the kind it states`, async () => {
      const response = await fetch(app.url + path);
      assert.equal(response.headers.get('content-type'), type);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
    });
  }

  it('streams events past its timeout, until the client leaves', async () => {
    const outgoing = request(`${app.url}/events`).end();
    outgoing.on('error', () => {});
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(response.headers['content-length'], undefined);
    assert.equal(response.headers.etag, undefined);
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => {});
    await until(() => text.includes('completed'));
    assert.equal(
      text,
      'id: 1\nevent: progress\ndata: {"percent":0,"text":"a\\nb"}\n\nevent: completed\ndata: null\n\n',
    );
    // A later request with the same timeout is over.
    assert.equal((await fetch(`${app.url}/impatient`)).status, 504);
    assert.equal(reasons.length, 1);
    assert.equal(response.destroyed, false);
    outgoing.destroy();
    await until(() => reasons.length === 2);
    assert.equal((reasons[1] as Error).name, new ClientGone('').name);
  });
});
