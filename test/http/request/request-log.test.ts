import assert from 'node:assert/strict';
import { request } from 'node:http';
import { once } from 'node:events';
import { AppError, CircuitOpenError } from '#src/errors.ts';
import type { Middleware, RouteFacts } from '#src/http/request/context.ts';
import { requestLog } from '#src/http/request/request-log.ts';
import { trace } from '#src/http/request/trace.ts';
import { addTime } from '#telemetry/request-times.ts';
import type { LogFields, Logger } from '#telemetry/logger.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { until } from '#test/support/until.ts';

interface Line {
  level: string;
  message: string;
  fields: LogFields;
}

describe('the request log', () => {
  const lines: Line[] = [];
  /** Trace id of the last answer. */
  let announced = '';
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  const failure = new Error('outer', { cause: new Error('inner') });
  const handler: Middleware = async (ctx) => {
    if (ctx.path === '/hangs') await once(ctx.res, 'close');
    else if (ctx.path.startsWith('/slow')) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      addTime('sql', 3);
      addTime('sql', 4);
      addTime('wait', 0.5);
    } else if (ctx.path === '/fails') {
      ctx.state.error = failure;
      ctx.state.errorCode = 'INTERNAL_ERROR';
      ctx.status = 500;
    } else if (ctx.path === '/busy' || ctx.path === '/late' || ctx.path === '/no-database') {
      const code = ctx.path === '/late' ? 'REQUEST_TIMEOUT' : 'SERVICE_UNAVAILABLE';
      const cause = ctx.path === '/no-database' ? { cause: failure } : {};
      const error = new AppError(code, 'Told to the client.', cause);
      ctx.state.error = error;
      ctx.state.errorCode = code;
      ctx.status = error.status;
    } else if (ctx.path === '/open') {
      const cause = new Error('connect ECONNREFUSED 127.0.0.1:5432');
      const refusal = new CircuitOpenError('postgres_service', 'postgresql', 1, cause);
      ctx.state.error = new Error('query failed', { cause: refusal });
      ctx.state.errorCode = 'SERVICE_UNAVAILABLE';
      ctx.status = 503;
    } else if (ctx.path === '/refused') {
      ctx.state.errorCode = 'NOT_FOUND';
      ctx.status = 404;
    }
    ctx.body ??= 'x';
  };
  const facts: Record<string, Partial<RouteFacts>> = {
    '/probe': { probe: true },
    '/slow/events': { reply: 'events' },
  };
  let app: Served;
  let impatient: Served;
  before(async () => {
    const serveWith = (slowRequestMs: number) =>
      serve(
        trace({ factsOf: (_, path) => factsAt(path, facts[path]) }),
        requestLog({ log, slowRequestMs }),
        handler,
      );
    // Nothing is slow to the one, however busy the machine; to the other, what waits for a timer.
    app = await serveWith(600_000);
    impatient = await serveWith(50);
  });
  after(() => Promise.all([app.close(), impatient.close()]));
  beforeEach(() => {
    lines.length = 0;
  });

  const ask = async (path: string, { url } = app): Promise<Line> => {
    const response = await fetch(`${url}${path}?token=GEHEIM`);
    await response.text();
    announced = /00-([0-9a-f]{32})/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? '';
    await until(() => lines.length > 0);
    const [line, ...more] = lines;
    assert.ok(line);
    assert.deepEqual(more, [], 'one line a request');
    return line;
  };

  it('has one line a request with what happened, inside its trace', async () => {
    const { level, fields } = await ask('/a');
    assert.equal(level, 'info');
    const { duration_ms: duration, request_id: requestId, always, trace: named, ...rest } = fields;
    assert.equal(named?.traceId, announced);
    assert.match(announced, /^(?!0{32})/);
    assert.equal(always, true, 'no flood guard between a request and its line');
    assert.ok(Number(duration) > 0 && Number(duration) < 50);
    assert.match(String(requestId), /^request-\d+$/);
    assert.deepEqual(rest, {
      'event.name': 'http.request',
      'http.request.method': 'GET',
      'http.route': '/a',
      'http.response.status_code': 200,
    });
  });

  it('is an error with the error itself for a 5xx, and never held back', async () => {
    const { level, fields } = await ask('/fails');
    assert.equal(level, 'error');
    assert.equal(fields.error, failure);
    assert.equal(fields.always, true);
    assert.equal(fields['error_code'], 'INTERNAL_ERROR');
  });

  it('is a warning without a stack when an open breaker refused', async () => {
    const { level, fields } = await ask('/open');
    assert.equal(level, 'warn');
    assert.equal(fields['error_code'], 'SERVICE_UNAVAILABLE');
    assert.equal(fields.error, undefined);
    assert.equal(fields['dependency.name'], 'postgresql');
    assert.equal(fields['circuit_breaker.name'], 'postgres_service');
    assert.equal(fields['error.cause'], 'connect ECONNREFUSED 127.0.0.1:5432');
  });

  it('is a warning with the code alone when the service refuses work on purpose', async () => {
    const { level, fields } = await ask('/busy');
    assert.equal(level, 'warn');
    assert.equal(fields['error_code'], 'SERVICE_UNAVAILABLE');
    assert.equal(fields.error, undefined, 'its stack says only where the refusal stands');
  });

  it('is an error for what else was foreseen, with what is behind it', async () => {
    const late = await ask('/late');
    assert.equal(late.level, 'error');
    assert.equal(late.fields.error, undefined);
    lines.length = 0;
    const { level, fields } = await ask('/no-database');
    assert.equal(level, 'error');
    assert.equal((fields.error as Error).cause, failure);
  });

  it('is information for a 4xx, a warning when slow, and debug for probes', async () => {
    assert.equal((await ask('/refused')).level, 'info');
    lines.length = 0;
    assert.equal((await ask('/slow', impatient)).level, 'warn');
    lines.length = 0;
    assert.equal((await ask('/probe')).level, 'debug');
  });

  it('breaks the time down when it was slow, by what was done below the handler', async () => {
    const { fields } = await ask('/slow', impatient);
    assert.deepEqual([fields['sql_ms'], fields['wait_ms']], [7, 0.5]);
    assert.equal('redis_ms' in fields, false, 'what took no time');
    lines.length = 0;
    assert.equal('sql_ms' in (await ask('/a')).fields, false, 'only where it is asked for');
  });

  it('does not call a stream of events slow', async () => {
    assert.equal((await ask('/slow/events', impatient)).level, 'info');
  });

  it('tells of a client that left', async () => {
    const outgoing = request(`${app.url}/hangs`).end();
    outgoing.on('error', () => {});
    await once(outgoing, 'finish');
    await new Promise((resolve) => setImmediate(resolve));
    outgoing.destroy();
    await until(() => lines.length === 1);
    assert.equal(lines[0]?.fields['aborted'], true);
    assert.equal(lines[0].fields['http.response.status_code'], 499, 'as the metric has it');
  });
});
