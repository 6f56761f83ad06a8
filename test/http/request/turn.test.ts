import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { RequestState, type FactsOf, type RequestContext } from '#src/http/request/context.ts';
import { createTurn, type Turn } from '#src/http/request/turn.ts';
import { trace } from '#src/http/request/trace.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { route } from '#src/http/routing/route.ts';
import { testDatabase } from '#test/support/database.ts';
import { plainRoute } from '#test/support/plain-route.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

describe('the turns of requests', () => {
  let due: (() => void)[] = [];
  let begun: number[] = [];

  const newTurn = () => createTurn((run) => due.push(run));
  /** What came in is read, then those whose turn it is begin. */
  const nextTurn = async () => {
    for (const run of due.splice(0)) run();
    await Promise.resolve();
    return begun.splice(0);
  };
  const request = () =>
    ({
      state: new RequestState('id', 0),
      req: { socket: { destroyed: false, readableEnded: false } },
    }) as RequestContext;

  const ask = async (turn: Turn, n: number, ctx = request()) => {
    const isWanted = await turn(ctx);
    if (isWanted) begun.push(n);
    return isWanted;
  };

  beforeEach(() => {
    due = [];
    begun = [];
  });

  it('begin after the next poll, at most eight in each, in the order of their arrival', async () => {
    const turn = newTurn();
    for (let n = 0; n < 20; n += 1) void ask(turn, n);
    assert.deepEqual(await nextTurn(), [], 'the turn in which they were read');
    void ask(turn, 20);
    const turns = [await nextTurn(), await nextTurn(), await nextTurn()];
    assert.deepEqual(turns.flat(), [...Array(21).keys()]);
    assert.deepEqual(
      turns.map(({ length }) => length),
      [8, 8, 5],
    );
    assert.deepEqual(due, [], 'nobody waits');
  });

  it('are not taken by those who hung up', async () => {
    const turn = newTurn();
    const gone: Record<string, RequestContext> = {
      answered: request(),
      destroyed: request(),
      ended: request(),
    };
    const contexts = [...Object.values(gone), ...Array.from({ length: 8 }, request)];
    const all = contexts.map((ctx, n) => ask(turn, n, ctx));
    await nextTurn();
    assert.ok(gone['answered'] && gone['destroyed'] && gone['ended']);
    gone['answered'].state.ended = { complete: false };
    Object.assign(gone['destroyed'].req.socket, { destroyed: true });
    Object.assign(gone['ended'].req.socket, { readableEnded: true });
    assert.deepEqual(await nextTurn(), [3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(
      await Promise.all(all),
      contexts.map((_, n) => n >= 3),
    );
    assert.deepEqual(due, []);
  });

  it('go on after a pause', async () => {
    const turn = newTurn();
    for (const n of [1, 2]) {
      void ask(turn, n);
      assert.deepEqual([await nextTurn(), await nextTurn()], [[], [n]]);
    }
  });
});

describe('a service whose clients hung up while it was not scheduled', () => {
  const CLIENTS = 40;
  const database = testDatabase();
  let service: TracedService;
  before(async () => {
    service = await startTracedService(database.url);
  });
  after(() => service.close());

  const requests: [line: string, body: string][] = [
    ['GET /api/v1/candidates', ''],
    ['GET /api/v1/candidates/ada', ''],
    ['GET /api/v1/assessments', ''],
    ['POST /api/v1/candidates', '{"candidate_id":"gone"}'],
    ['POST /api/v1/assessments', '{"candidate_id":"gone","content":{"code":"a = 1"}}'],
  ];
  const traceId = (n: number) => `c0ffee${String(n).padStart(26, '0')}`;

  function text(n: number): string {
    const [line, body] = requests[n % requests.length] ?? ['', ''];
    const headers = [
      `${line} HTTP/1.1`,
      'Host: 127.0.0.1',
      `traceparent: 00-${traceId(n)}-00f067aa0ba902b7-01`,
    ];
    if (body !== '') {
      headers.push('Content-Type: application/json', `Content-Length: ${body.length}`);
      headers.push(`Idempotency-Key: gone-${n}`);
    }
    return `${headers.join('\r\n')}\r\n\r\n${body}`;
  }

  /** Resolves when the request is sent and the connection closed on this side. */
  function hangUp(n: number): Promise<void> {
    const socket = connect(Number(new URL(service.apiUrl).port), '127.0.0.1');
    socket.once('connect', () => socket.write(text(n), () => socket.destroy()));
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  it('asks the database nothing for them, and has all of them in its trace, log and metrics', async () => {
    service.signal('SIGSTOP');
    try {
      await Promise.all(Array.from({ length: CLIENTS }, (_, n) => hangUp(n)));
    } finally {
      service.signal('SIGCONT');
    }
    const ids = new Set(Array.from({ length: CLIENTS }, (_, n) => traceId(n)));
    const spans = () => service.spans.filter((span) => ids.has(span.traceId));
    await until(() => spans().filter(({ kind }) => kind === 2).length === CLIENTS);
    // A query of theirs would stand before this one's in the queue of the pool.
    const answer = await fetch(`${service.apiUrl}/api/v1/candidates`);
    assert.deepEqual(((await answer.json()) as { items: unknown[] }).items, []);
    await service.traceOf(answer);
    assert.deepEqual(
      spans().filter(({ kind }) => kind !== 2),
      [],
    );
    assert.ok(spans().every(({ attributes }) => attributes['http.client_aborted'] === true));
    const aborted = (await service.metrics())
      .split('\n')
      .filter((line) => line.startsWith('http_requests_aborted_total{'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    assert.equal(aborted, CLIENTS);
    const lines = service.log().trim().split('\n');
    assert.equal(lines.filter((line) => line.includes('"aborted":true')).length, CLIENTS);
  });
});

describe('requests that wait for their turn', () => {
  const WAITING = 50;
  const due: (() => void)[] = [];
  const answered: string[] = [];
  let app: Served;
  before(async () => {
    const work = table('/work', (run) => due.push(run));
    const status = table('/probe');
    const factsOf: FactsOf = (method, path) =>
      (path === '/probe' ? status : work).factsOf(method, path);
    app = await serve(trace({ factsOf }), status.routes, work.routes);
  });
  after(() => app.close());

  function table(path: string, later?: (run: () => void) => void) {
    const one = route({ ...plainRoute, path });
    return createRouteTable([one], later && createTurn(later));
  }

  it('hold up no probe', async () => {
    const ask = async (path: string) => {
      assert.equal((await fetch(app.url + path)).status, 200);
      answered.push(path);
    };
    const all = Array.from({ length: WAITING }, () => ask('/work'));
    await until(() => due.length > 0);
    await ask('/probe');
    assert.deepEqual(answered, ['/probe']);
    await until(() => {
      for (const run of due.splice(0)) run();
      return answered.length === WAITING + 1;
    });
    await Promise.all(all);
  });
});
