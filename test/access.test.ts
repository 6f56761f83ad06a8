/** Who may do what: every route of the table, asked by everybody; and what a candidate learns of others. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { SignJWT } from 'jose';
import { createAccessTokens } from '#src/features/access/access-token.ts';
import { deriveKeys } from '#src/features/access/secrets.ts';
import { roles, type Role } from '#src/http/request/caller.ts';
import type { Route } from '#src/http/routing/route.ts';
import { apiRoutes, statusRoutes } from '#test/support/api-routes.ts';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const SECRET_KEY = 'the secret of these tests, which is long enough';
const PASSWORD = 'correct horse battery staple';

/** Everybody who is nobody. */
const nobodies = [
  'anonymous',
  'nonsense',
  'revoked key',
  'expired token',
  'token of another audience',
  'token of another issuer',
  'token of another key',
  'token of nobody',
  'refresh token',
  'disabled account',
] as const;
type Identity = (typeof nobodies)[number] | Role;
const identities: Identity[] = [...nobodies, ...roles];

describe('every route', () => {
  const service = testService({ AUTH_REQUIRED: 'true', SECRET_KEY });
  const tokens = {} as Record<Identity | 'other candidate', string>;
  const assessments: Record<string, string> = {};
  /** What is remembered of each. */
  const notes: Record<string, string> = {};

  const as = (token: string) => (token === '' ? {} : { Authorization: `Bearer ${token}` });
  const admin = () => ({ 'X-API-Key': service.adminKey });
  const created = async (path: string, body: object): Promise<Answer['json']> => {
    const answer = await service.post(`/api/v1${path}`, body, admin());
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const login = (username: string) =>
    service.send('/api/v1/auth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'password',
        username,
        password: PASSWORD,
      }).toString(),
    });
  const keyFor = async (role: Role, more: object = {}): Promise<string> =>
    (await created('/api-keys', { name: role, role, ...more })).key;

  before(async () => {
    for (const candidate of ['ada', 'bob']) {
      const body = {
        candidate_id: candidate,
        content: { code: 'def add(a, b):\n    return a + b\n' },
      };
      assessments[candidate] = (await created('/assessments', body)).assessment_id;
      const note = await created(`/candidates/${candidate}/memory/nodes`, { name: 'Interview' });
      notes[candidate] = note.node_id;
    }
    for (const role of roles) {
      const more = role === 'candidate' ? { candidate_id: 'ada' } : {};
      tokens[role] = await keyFor(role, more);
    }
    tokens['other candidate'] = await keyFor('candidate', { candidate_id: 'bob' });
    const user = await created('/users', { username: 'grace', password: PASSWORD, role: 'admin' });
    const session = await login('grace');
    assert.equal(session.status, 200, session.text);
    tokens['refresh token'] = session.json.refresh_token;

    const leaver = await created('/users', {
      username: 'leaver',
      password: PASSWORD,
      role: 'admin',
    });
    tokens['disabled account'] = (await login('leaver')).json.access_token;
    const disabled = {
      method: 'PATCH',
      headers: { ...admin(), 'Content-Type': 'application/json' },
    };
    const left = await service.send(`/api/v1/users/${leaver.user_id}`, {
      ...disabled,
      body: JSON.stringify({ disabled: true }),
    });
    assert.equal(left.status, 200, left.text);

    const revoked = await created('/api-keys', { name: 'old', role: 'admin' });
    tokens['revoked key'] = revoked.key;
    const gone = await service.send(`/api/v1/api-keys/${revoked.key_id}`, {
      method: 'DELETE',
      headers: admin(),
    });
    assert.equal(gone.status, 204, gone.text);

    const keys = deriveKeys({ current: SECRET_KEY, previous: null });
    const sub = String(user.user_id);
    const hourAgo = () => new Date(Date.now() - 3_600_000);
    const old = createAccessTokens({ keys, now: hourAgo, newId: randomUUIDv7 });
    tokens['expired token'] = await old.sign({ userId: sub, tokenVersion: 1 });
    const now = createAccessTokens({ keys, now: () => new Date(), newId: randomUUIDv7 });
    tokens['token of nobody'] = await now.sign({
      userId: `user_${randomUUIDv7()}`,
      tokenVersion: 1,
    });
    const forged = (issuer: string, audience: string, key: Buffer) =>
      new SignJWT({ token_version: 1 })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: keys[0].kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(key);
    const { accessTokens } = keys[0];
    tokens['token of another audience'] = await forged('sono-eval', 'other', accessTokens);
    tokens['token of another issuer'] = await forged('other', 'sono-eval-api', accessTokens);
    const [foreign] = deriveKeys({ current: `${SECRET_KEY}!`, previous: null });
    tokens['token of another key'] = await forged(
      'sono-eval',
      'sono-eval-api',
      foreign.accessTokens,
    );
    tokens.anonymous = '';
    tokens.nonsense = 'se_nonsense';
    // The token that is right in all of this is let in: so each of the others is refused for what it is.
    const right = await forged('sono-eval', 'sono-eval-api', accessTokens);
    const me = await service.get('/api/v1/auth/me', as(right));
    assert.equal(me.status, 200, me.text);
  });

  /** Of things that are not there, so that nothing is changed by those who may. */
  const pathOf = ({ path }: Route) =>
    path
      .replace('/candidates/:id', '/candidates/nobody')
      .replace('/assessments/:id', '/assessments/assess_01999999-9999-7999-9999-999999999999')
      .replace('/files/:id', '/files/file_01999999-9999-7999-9999-999999999999')
      .replace('/users/:id', '/users/user_01999999-9999-7999-9999-999999999999')
      .replace('/api-keys/:id', '/api-keys/nokeynokey00')
      .replace('/rate-limits', '/rate-limits?subject=nobody')
      .replace(':asset', 'swagger-ui.css')
      .replace(':version', '2026-12.000000000000')
      .replace(':node', 'node_01999999-9999-7999-9999-999999999999')
      .replace(':name', 'none');

  const ask = (route: Route, token: string) => {
    const withBody = typeof route.body === 'object' && !('multipart' in route.body);
    const type =
      withBody && 'form' in route.body ? 'application/x-www-form-urlencoded' : 'application/json';
    return service.send(pathOf(route), {
      method: route.method.toUpperCase(),
      headers: { ...as(token), ...(withBody ? { 'Content-Type': type } : {}) },
      // Refused by every schema: whoever may ask is told so, and nothing is made.
      ...(withBody
        ? { body: type === 'application/json' ? '{"nothing":"of this"}' : 'nothing=1' }
        : {}),
    });
  };

  const rank = (role: string) => roles.indexOf(role as Role);

  for (const route of [...statusRoutes, ...apiRoutes]) {
    const { method, path, access } = route;
    it(`${method} ${path} is for ${access}`, async () => {
      for (const identity of identities) {
        const { status, headers, json } = await ask(route, tokens[identity]);
        const who = `${identity}: ${status}`;
        if (access === 'public') assert.ok(status !== 401 && status !== 403, who);
        else if (rank(identity) < 0) {
          assert.deepEqual([status, json?.error_code], [401, 'UNAUTHORIZED'], who);
          assert.match(headers.get('www-authenticate') ?? '', /^Bearer /, who);
        } else if (rank(identity) < rank(access)) {
          assert.deepEqual([status, json?.error_code], [403, 'FORBIDDEN'], who);
        } else assert.ok(![401, 403, 500, 503].includes(status), who);
      }
    });
  }

  it('is told apart by what it states: none states nothing', () => {
    for (const { path, access } of [...statusRoutes, ...apiRoutes]) {
      assert.ok(access === 'public' || rank(access) >= 0, path);
    }
  });

  const own = ['', '/stats', '/export', '/memory', '/memory/nodes/'].map(
    (rest) => (who: string) =>
      `/api/v1/candidates/${who}${rest}${rest.endsWith('/') ? notes[who] : ''}`,
  );
  const ofAssessment = [
    '',
    '/submission',
    '/dashboard',
    '/dashboard?include_history=true',
    '/report',
    '/appeals',
  ].map((rest) => (who: string) => `/api/v1/assessments/${assessments[who]}${rest}`);
  const unknown = (path: string) =>
    path
      .replace(/candidates\/\w+/, 'candidates/none')
      .replace(/(assess|job|batch)_[0-9a-f-]+/, '$1_01999999-9999-7999-9999-999999999999');
  /** What may differ between two answers that say the same. */
  const said = ({ status, headers, json }: Answer, path: string) => {
    const { request_id, trace_id, instance, ...problem } = json;
    assert.ok(request_id && trace_id && path.startsWith(instance));
    const varying =
      /^(date|x-request-id|x-process-time|server-timing|content-length|ratelimit|x-ratelimit-.*)$/;
    return { status, problem, headers: [...headers].filter(([name]) => !varying.test(name)) };
  };

  it('shows a candidate what is its own', async () => {
    for (const path of [...own, ...ofAssessment]) {
      assert.equal((await service.get(path('ada'), as(tokens.candidate))).status, 200, path('ada'));
      const other = await service.get(path('bob'), as(tokens['other candidate']));
      assert.equal(other.status, 200, path('bob'));
    }
    const { json } = await service.get('/api/v1/assessments', as(tokens.candidate));
    assert.deepEqual(
      json.items.map(({ candidate_id }: { candidate_id: string }) => candidate_id),
      ['ada'],
    );
  });

  it('answers a candidate of the foreign and of the unknown the very same, cached or not', async () => {
    for (const path of [...own, ...ofAssessment]) {
      const foreign = path('bob');
      // First by who may see it, so that it is cached.
      assert.equal((await service.get(foreign, as(tokens.admin))).status, 200);
      for (const extra of [{}, { 'If-None-Match': '*' }, { 'If-Match': '"x"' }]) {
        const headers = { ...as(tokens.candidate), ...extra };
        const refused = await service.get(foreign, headers);
        const absent = await service.get(unknown(foreign), headers);
        assert.equal(refused.status, 404, foreign);
        assert.deepEqual(said(refused, foreign), said(absent, unknown(foreign)), foreign);
      }
    }
    const list = await service.get('/api/v1/assessments?candidate_id=bob', as(tokens.candidate));
    assert.deepEqual(list.json.items, []);
  });

  it('shows jobs and batches to who sent them and to administrators, and to others as if there were none', async () => {
    const submission = { candidate_id: 'erin', content: { text: 'A note of one sentence.' } };
    const sent = async (kind: string, body: object): Promise<string> => {
      const answer = await service.post(`/api/v1/assessments/${kind}`, body, as(tokens.assessor));
      assert.equal(answer.status, 202, answer.text);
      return answer.json.status_url;
    };
    const job = await sent('async', submission);
    const batch = await sent('batch', { items: [submission] });
    const other = as(await keyFor('assessor'));
    const asks = [job, `${job}/events`, batch, `${batch}/events`].map((path) => ['GET', path]);
    const refusedAsUnknown = async () => {
      for (const [method = '', path = ''] of [...asks, ['DELETE', job]]) {
        const foreign = await service.send(path, { method, headers: other });
        const absent = await service.send(unknown(path), { method, headers: other });
        assert.equal(foreign.status, 404, path);
        assert.deepEqual(said(foreign, path), said(absent, unknown(path)), path);
      }
    };
    // While they may still wait or run, and when they have ended.
    await refusedAsUnknown();
    for (const path of [job, batch]) {
      await until(async () => {
        const { json } = await service.get(path, as(tokens.assessor));
        return json.finished_at !== null;
      });
      assert.equal((await service.get(path, as(tokens.assessor))).json.status, 'completed');
    }
    await refusedAsUnknown();
    for (const token of [tokens.assessor, tokens.admin]) {
      for (const [method = '', path = ''] of asks) {
        const { status } = await service.send(path, { method, headers: as(token) });
        assert.equal(status, 200, path);
      }
      // It is seen; it only has ended.
      const { status } = await service.send(job, { method: 'DELETE', headers: as(token) });
      assert.equal(status, 409);
    }
  });

  it('keeps an idempotency key for its caller: another one with the same key and body makes its own', async () => {
    const body = {
      candidate_id: 'carol',
      content: { text: 'A note about nothing in particular.' },
    };
    const post = (token: string) =>
      service.post('/api/v1/assessments', body, { ...as(token), 'Idempotency-Key': 'the same' });
    const first = await post(tokens.assessor);
    const again = await post(tokens.assessor);
    const other = await post(tokens.admin);
    assert.deepEqual([first.status, again.status, other.status], [201, 201, 201]);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.text, first.text);
    assert.equal(other.headers.get('idempotency-replayed'), null);
    assert.notEqual(other.json.assessment_id, first.json.assessment_id);
  });

  it('writes down what an operator does, before it is done', async () => {
    const actions: [string, string, object | undefined][] = [
      ['POST', '/admin/circuit-breakers/redis_service', { state: 'auto', reason: 'a drill' }],
      [
        'POST',
        '/admin/cache/invalidate',
        { tags: ['candidate:ada-lovelace', 'candidate:bob-lovelace'] },
      ],
      ['DELETE', `/admin/rate-limits?subject=203.0.113.7`, undefined],
    ];
    for (const [method, path, body] of actions) {
      const { status, text } = await service.send(`/api/v1${path}`, {
        method,
        headers: { ...as(tokens.admin), 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      assert.ok(status === 200 || status === 204, text);
    }
    const { json, text } = await service.get('/api/v1/admin/audit?limit=3', as(tokens.admin));
    const me = (await service.get('/api/v1/auth/me', as(tokens.admin))).json.id;
    assert.deepEqual(
      json.items.map(({ actor, action }: Record<string, string>) => [actor, action]),
      [
        [me, 'rate_limit.reset'],
        [me, 'cache.invalidated'],
        [me, 'circuit_breaker.forced'],
      ],
    );
    // Three letters would be in some random id now and then.
    assert.doesNotMatch(text, /lovelace|203\.0\.113/);
  });

  it('writes down what is erased, by handles that name nobody', async () => {
    const { json } = await service.post(
      '/api/v1/assessments',
      { candidate_id: 'dora', content: { text: 'Soon gone, all of it, and that is all right.' } },
      as(tokens.assessor),
    );
    const gone = `/api/v1/assessments/${json.assessment_id}`;
    for (const path of [gone, '/api/v1/candidates/dora']) {
      const answer = await service.send(path, { method: 'DELETE', headers: as(tokens.admin) });
      assert.equal(answer.status, 204, answer.text);
    }
    const audit = await service.get('/api/v1/admin/audit?limit=2', as(tokens.admin));
    assert.deepEqual(
      audit.json.items.map(({ action }: Record<string, string>) => action),
      ['candidate.erased', 'assessment.erased'],
    );
    assert.equal(audit.json.items[0].details.erased.candidates, 1);
    assert.doesNotMatch(audit.text, /dora|assess_/);
  });

  it('says in the log line who asked, by an id that names nobody', async () => {
    await service.get('/api/v1/auth/me', as(tokens.viewer));
    const lines = service.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.findLast((each) => each['http.route'] === '/api/v1/auth/me');
    assert.match(String(line?.['user.id']), /^key_\w{12}$/);
    for (const secret of Object.values(tokens)) {
      if (secret.length > 20) assert.ok(!service.log.join('\n').includes(secret));
    }
  });
});
