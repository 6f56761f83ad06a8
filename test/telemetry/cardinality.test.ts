/** What strangers send must not become series: random requests over real connections add none. */
import assert from 'node:assert/strict';
import { Agent, METHODS, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { alertThresholds } from '#grafana/thresholds.ts';
import { healthPaths } from '#src/resilience/health/health-paths.ts';
import { keepsContract } from '#test/support/contract.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';

/** `CARDINALITY_REQUESTS=10000` is the long form. */
const REQUESTS = Number(process.env['CARDINALITY_REQUESTS'] ?? 3000);
const CONNECTIONS = 12;

interface Shot {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Those that HTTP clients can send; CONNECT has no answer of ours. */
const methods = METHODS.filter((method) => method !== 'CONNECT');
/** Those that some route has, and one that none has. */
const served = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);
const word = fc.stringMatching(/^[A-Za-z0-9._~%-]{1,40}$/).filter((text) => !text.includes('%'));

describe('the number of series', () => {
  const database = testDatabase();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let service: TracedService;
  let templates: string[];

  before(async () => {
    const url = new URL(database.url);
    // None of them waits for a connection, so a busy machine cannot make that a 503.
    url.searchParams.set('max_connections', String(CONNECTIONS));
    url.searchParams.set('connect_timeout', '60');
    service = await startTracedService(url.href, {
      LOG_LEVEL: 'CRITICAL',
      RATE_LIMIT_ENABLED: 'false',
    });
    const { paths } = (await (await fetch(`${service.apiUrl}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    // What health answers is up to the components and to how busy the machine is, not to who asks.
    const health = new Set<string>(Object.values(healthPaths));
    templates = Object.keys(paths).filter((path) => !health.has(path));
    assert.ok(templates.length < Object.keys(paths).length);
  });
  after(async () => {
    agent.destroy();
    await service.close();
  });

  async function fire({ method, path, headers, body }: Shot): Promise<number> {
    const { hostname, port } = new URL(service.apiUrl);
    const length = body === '' ? {} : { 'Content-Length': String(body.length) };
    const outgoing = request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...length },
    });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const status = response.statusCode ?? 0;
    const received = new Headers(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    );
    keepsContract({ method, url: path, status, headers: received, text: await text(response) });
    return status;
  }

  /** Status and path of what the service could not do. */
  const failed: string[] = [];
  /** As many at a time as there are connections. */
  async function fireAll(shots: readonly Shot[]): Promise<Map<number, number>> {
    const seen = new Map<number, number>();
    const left = [...shots];
    const gun = async () => {
      for (let shot = left.pop(); shot !== undefined; shot = left.pop()) {
        const status = await fire(shot);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        if (status >= 500) failed.push(`${status} ${shot.path.split('?')[0]}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, gun));
    return seen;
  }

  /** The kinds of garbage there were, and what probes found, have nothing to do with requests. */
  const ofRequests = /^(?!nodejs_gc_|component_)\w/;

  /** Name and labels of each series, without what it counts. */
  async function series(wanted: RegExp): Promise<Set<string>> {
    const lines = (await service.metrics()).split('\n');
    return new Set(
      lines.filter((line) => wanted.test(line)).map((line) => line.slice(0, line.lastIndexOf(' '))),
    );
  }

  /** Every component and breaker. */
  const whenWell = () =>
    until(async () => {
      const answer = await fetch(`${service.apiUrl}/api/v1/status/system`);
      const { health } = (await answer.json()) as { health: { status: string } };
      return health.status === 'healthy';
    });

  /** Every method on every route and beside them, sound and not: each route, method and status once. */
  function warmUp(): Shot[] {
    const places = [...templates.map((path) => path.replaceAll(/\{\w+\}/g, 'a')), '/nowhere'];
    const variants: Pick<Shot, 'headers' | 'body'>[] = [
      { headers: {}, body: '' },
      { headers: { 'Content-Type': 'text/plain' }, body: 'x' },
      { headers: { 'Content-Type': 'application/json' }, body: '{' },
      { headers: { 'Content-Type': 'application/json' }, body: '{}' },
      { headers: { Host: 'elsewhere.example' }, body: '' },
      { headers: { Host: '!' }, body: '' },
    ];
    return places.flatMap((path) =>
      methods.flatMap((method) =>
        // What routes do not have is one method to them, whichever it is and whatever comes with it.
        (served.has(method) ? variants : variants.slice(0, 1)).flatMap((variant) => [
          { method, path, ...variant },
          { method, path: `${path}?unknown=1`, ...variant },
        ]),
      ),
    );
  }

  it('holds the 5xx of every route from the start, so that the first of them counts', async () => {
    const { paths } = (await (await fetch(`${service.apiUrl}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    };
    const lines = (await service.metrics()).split('\n');
    const routes = templates.filter(
      (path) => path.startsWith('/api/v1/') && path !== '/api/v1/errors',
    );
    const missing = routes.flatMap((path) =>
      Object.entries(paths[path] ?? {}).flatMap(([method, { responses }]) =>
        Object.keys(responses)
          .filter((status) => status.startsWith('5'))
          .map((status) => {
            const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
            return `http_request_duration_seconds_count{method="${method.toUpperCase()}",route="${route}",status_code="${status}"} 0`;
          })
          .filter((line) => !lines.includes(line)),
      ),
    );
    assert.deepEqual(missing, []);
  });

  it('is the same after thousands of random requests as after one of each kind', async () => {
    const path = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
      fc
        .tuple(fc.constantFrom(...templates), word)
        .map(([template, id]) => template.replaceAll(/\{\w+\}/g, id)),
    );
    const shot: fc.Arbitrary<Shot> = fc.record({
      method: fc.oneof({ weight: 3, arbitrary: fc.constant('GET') }, fc.constantFrom(...methods)),
      path: fc.tuple(path, fc.option(word)).map(([at, q]) => (q === null ? at : `${at}?${q}=${q}`)),
      headers: fc.record({
        Host: fc.oneof(
          fc.constant('localhost'),
          word.map((name) => `${name}.example`),
        ),
        'User-Agent': word,
        'X-Request-ID': word,
        Origin: word.map((name) => `https://${name}.example`),
        'Content-Type': fc.constantFrom('application/json', 'text/plain', 'a/b'),
        baggage: word.map((value) => `tenant.tier=${value},${value}=1`),
      }),
      body: fc.constantFrom('', '{', '{}', '[1]', 'x'),
    });
    // Made first: while it is made nothing passes the proxy in this process, and the database seems silent.
    const shots = fc.sample(shot, { numRuns: REQUESTS, seed: 7 });
    await whenWell();
    const warm = await fireAll(warmUp());
    // Each component has been well once, which is told from then on.
    await whenWell();
    for (const status of [200, 204, 400, 404, 405, 415, 422])
      assert.ok(warm.has(status), `${status}`);
    // What is told of a scrape is there from the second on.
    await series(ofRequests);
    const before = await series(ofRequests);
    const seen = await fireAll(shots);
    // What asks after the machine's health may be told that it is busy.
    const isHealth = (failure: string) =>
      /^503 \/(health|api\/v1\/(health|status\/readiness))$/.test(failure);
    assert.deepEqual(
      failed.filter((failure) => !isHealth(failure)),
      [],
    );
    assert.ok(seen.size >= 5, `only ${[...seen.keys()].join(', ')}`);
    const added = [...(await series(ofRequests))].filter((name) => !before.has(name));
    assert.deepEqual(added, []);
  });

  it('stays below what MetricsCardinalityHigh allows', async () => {
    const count = (await series(/^\w/)).size;
    assert.ok(count > 300, `${count}`);
    assert.ok(count < alertThresholds.MetricsCardinalityHigh.above, `${count} series`);
  });
});
