import assert from 'node:assert/strict';
import { callerPolicies, addressPolicies } from '#src/compose/limit-policies.ts';
import { AppError } from '#src/errors.ts';
import { problems } from '#src/http/problems.ts';
import { authenticate, authorize, unauthorized } from '#src/http/request/authenticate.ts';
import type { Caller } from '#src/http/request/caller.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { trace } from '#src/http/request/trace.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { rateLimitEvents } from '#src/resilience/rate-limit/metrics.ts';
import { limitByAddress, limitByCaller } from '#src/resilience/rate-limit/middleware.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { alone } from './subjects.ts';
import { serve, type Served } from '#test/support/serve.ts';

const quotas = { perMinute: 3, perHour: 5, mode: 'enforce', instances: 1 } as const;
const own: Record<string, Caller['quota']> = { key_wide: { perMinute: 4, perHour: 100 } };

/** Tokens are ids of keys; what does not begin with `key_` is wrong. */
async function served(): Promise<Served> {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const subjects = createSubjects({
    secret: 'test',
    policies: addressPolicies(quotas),
    trustedProxies: [],
  });
  const events = rateLimitEvents({ log, monotonicMs: () => 0 });
  const limiter = createRateLimiter({
    memory: createMemoryStore({ size: { windows: 64, cells: 512 }, onOverflow: () => {} }),
    redis: null,
    guard: (work) => work(),
    events,
    monotonicMs: () => 0,
  });
  const policiesOf = callerPolicies(quotas);
  const parts = { limiter, subjects, onRefused: events.refused, together: alone };
  return serve(
    trace({
      factsOf: (_, path) => factsAt(path, { access: path === '/admin' ? 'admin' : 'viewer' }),
    }),
    problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
    deadline({ timeoutMs: 10_000 }),
    limitByAddress({ ...parts, authenticated: true }),
    authenticate({
      required: true,
      identify: ({ token: id }) =>
        id.startsWith('key_')
          ? Promise.resolve({
              id,
              account: id,
              role: 'viewer',
              candidateId: null,
              method: 'api_key',
              quota: own[id] ?? null,
            })
          : Promise.reject(unauthorized('Not valid.')),
    }),
    limitByCaller({
      ...parts,
      subjectOf: (caller) => subjects.ofName('caller', caller.id, policiesOf(caller)),
    }),
    authorize({ onDenied: () => {} }),
    (ctx) => {
      ctx.body = 'ok';
    },
  );
}

describe('a caller that is known', () => {
  let app: Served;
  beforeEach(async () => {
    app = await served();
  });
  afterEach(() => app.close());

  const ask = async (key?: string) => {
    const response = await fetch(app.url, {
      headers: key === undefined ? {} : { 'X-API-Key': key },
    });
    await response.text();
    return response;
  };
  const statuses = async (times: number, key?: string) => {
    const seen: number[] = [];
    for (let i = 0; i < times; i += 1) seen.push((await ask(key)).status);
    return seen;
  };

  it('has a quota of its own, at the same address', async () => {
    assert.deepEqual(await statuses(4, 'key_a'), [200, 200, 200, 429]);
    assert.deepEqual(await statuses(4, 'key_b'), [200, 200, 200, 429]);
    assert.equal((await ask()).status, 401, 'and the address has what it had');
  });

  it('has the numbers that were given to it', async () => {
    assert.deepEqual(await statuses(5, 'key_wide'), [200, 200, 200, 200, 429]);
    const { headers } = await ask('key_wide');
    assert.equal(headers.get('ratelimit-policy'), '"minute";q=4;w=60, "hour";q=100;w=3600');
    assert.equal(headers.get('x-ratelimit-limit'), '4');
  });

  it('is told by the headers what is left of its own', async () => {
    await ask('key_a');
    const { headers } = await ask('key_a');
    assert.equal(headers.get('x-ratelimit-remaining'), '1');
    assert.equal((await ask('key_b')).headers.get('x-ratelimit-remaining'), '2');
  });

  it('is 429 when it has used it up, never 401, and goes on where others try keys', async () => {
    assert.deepEqual(await statuses(4, 'wrong'), [401, 401, 401, 429]);
    assert.deepEqual(await statuses(2), [429, 429]);
    assert.deepEqual(await statuses(4, 'key_a'), [200, 200, 200, 429]);
  });

  it('uses its quota for what it may not do as well, and is told so', async () => {
    const denied = async () => {
      const response = await fetch(`${app.url}/admin`, { headers: { 'X-API-Key': 'key_a' } });
      await response.text();
      return [response.status, response.headers.get('x-ratelimit-remaining')];
    };
    assert.deepEqual(await denied(), [403, '2']);
    assert.deepEqual(await denied(), [403, '1']);
    assert.deepEqual(await statuses(2, 'key_a'), [200, 429]);
    assert.deepEqual(await denied(), [429, '0']);
  });

  it('is nobody with two credentials that differ: each of these counts for the address', async () => {
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i += 1) {
      const headers = { 'X-API-Key': `key_${i}`, Authorization: 'Bearer key_other' };
      const response = await fetch(app.url, { headers });
      await response.text();
      seen.push([response.status, response.headers.get('x-ratelimit-remaining')]);
    }
    assert.deepEqual(seen, [
      [400, '2'],
      [400, '1'],
      [400, '0'],
      [429, '0'],
    ]);
  });

  it('does not lend its quota to who tries keys: each wrong one counts for the address', async () => {
    const seen: number[] = [];
    for (const key of ['key_a', 'wrong_1', 'wrong_2', 'wrong_3', 'wrong_4', 'key_a']) {
      seen.push((await ask(key)).status);
    }
    assert.deepEqual(seen, [200, 401, 401, 401, 429, 200]);
    const refused = await ask('wrong_5');
    assert.equal(refused.headers.get('www-authenticate'), null);
    assert.equal(refused.headers.get('retry-after'), '60');
  });
});
