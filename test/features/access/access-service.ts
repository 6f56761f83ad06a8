/** The access feature behind real HTTP, with a real database and a cache of its own; who asks is told by it. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { createAccess, type Access } from '#src/features/access/access.ts';
import type { AccessEvents } from '#src/features/access/metrics.ts';
import { argon2id, type Hasher } from '#src/features/access/passwords.ts';
import { loginPolicies } from '#src/compose/limit-policies.ts';
import { authenticate, authorize } from '#src/http/request/authenticate.ts';
import { createOnce } from '#src/http/idempotency.ts';
import { createSeal } from '#src/http/sealed.ts';
import { mapError } from '#src/http/map-error.ts';
import { problems } from '#src/http/problems.ts';
import type { Middleware } from '#src/http/request/context.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { unitOfWork } from '#src/http/request/unit-of-work.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { body } from '#src/http/server/body.ts';
import { createMemoryStore } from '#src/resilience/rate-limit/memory-store.ts';
import { createPolicySet } from '#src/resilience/rate-limit/policy.ts';
import { createRateLimiter } from '#src/resilience/rate-limit/rate-limiter.ts';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import type { Cache } from '#src/resilience/cache/cache.ts';
import type { Database } from '#src/storage/postgres/database.ts';
import { localCache } from '#test/resilience/cache/rig.ts';
import type { Answer } from '#test/support/service.ts';
import { serve, type Served } from '#test/support/serve.ts';

export const PASSWORD = 'correct horse battery staple';
export const SECRET = 'the secret of these tests, which is long enough';
/** Of the signals of calls that no request makes. */
export const noSignal = new AbortController().signal;

export interface Heard {
  attempts: string[];
  reused: number;
  hashes: number;
  audited: string[];
  bootstrap: boolean[];
}

export interface AccessService {
  access: Access;
  heard: Heard;
  /** What the service takes for the time. */
  time: { now: Date };
  cache: Cache;
  send: (method: string, path: string, token?: string, body?: unknown) => Promise<Answer>;
  form: (fields: string | Record<string, string>, type?: string) => Promise<Answer>;
  close: () => Promise<void>;
}

export interface AccessServiceOptions {
  previousSecret?: string;
  secret?: string;
  bootstrapKey?: string;
  hasher?: Hasher;
  /** By default one of this service alone. It is closed with the service. */
  cache?: Cache;
  /** By what logins are limited; by default more are admitted than any test tries. */
  limited?: 'address' | 'account';
}

export async function startAccessService(
  database: Database,
  options: AccessServiceOptions = {},
): Promise<AccessService> {
  const heard: Heard = { attempts: [], reused: 0, hashes: 0, audited: [], bootstrap: [] };
  const events: AccessEvents = {
    attempted: (method, outcome) => heard.attempts.push(`${method} ${outcome}`),
    refreshReused: () => (heard.reused += 1),
    hashed: () => (heard.hashes += 1),
    audited: (action) => heard.audited.push(action),
    bootstrapKey: (isActive) => heard.bootstrap.push(isActive),
  };
  const time = { now: new Date() };
  const secret = options.secret ?? SECRET;
  const cache = options.cache ?? localCache();
  const access = createAccess({
    secrets: { current: secret, previous: options.previousSecret ?? null },
    bootstrapKey: options.bootstrapKey ?? null,
    cache,
    em: (signal) => database.em(signal),
    logins: logins(options.limited),
    handles: createHandles(secret),
    hasher: options.hasher ?? argon2id,
    events,
    log: { debug() {}, info() {}, warn() {}, error() {}, child: () => null as never },
    clock: { now: () => time.now, monotonicMs: () => performance.now() },
    newId: randomUUIDv7,
    randomBytes,
    once: createOnce({
      em: () => database.em(),
      holder: 'process of a test',
      leaseMs: 60_000,
      seal: createSeal([randomBytes(32)]),
    }),
  });
  const served = await serveRoutes(database, access);
  const answer = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    access,
    heard,
    time,
    cache,
    async send(method, path, token, payload) {
      const headers = {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
      };
      const body = payload === undefined ? null : JSON.stringify(payload);
      return answer(await fetch(`${served.url}/api/v1${path}`, { method, headers, body }));
    },
    async form(fields, type = 'application/x-www-form-urlencoded') {
      const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
      const headers = { 'Content-Type': type };
      const url = `${served.url}/api/v1/auth/token`;
      return answer(await fetch(url, { method: 'POST', headers, body }));
    },
    async close() {
      access.stop();
      await served.close();
      await cache.close();
    },
  };
}

function logins(limited: AccessServiceOptions['limited']) {
  const policies = loginPolicies(1);
  const wide = (name: string) => {
    const policy = { name, quota: 1_000_000, windowMs: 60_000, mode: 'enforce' } as const;
    return createPolicySet([{ ...policy, onStoreError: 'fallback', counts: 'subject' }], 1);
  };
  const limiter = createRateLimiter({
    memory: createMemoryStore({ onOverflow: () => undefined }),
    redis: null,
    guard: (work) => work(),
    events: { decided() {}, storeFailed() {}, degraded() {}, recovered() {} },
    monotonicMs: () => performance.now(),
  });
  const addresses = { v4: wide('v4'), v6: wide('v6') };
  const subjects = createSubjects({ secret: SECRET, policies: addresses, trustedProxies: [] });
  return {
    limiter,
    subjects,
    policies: {
      address: wide('a'),
      account: wide('b'),
      ...(limited && { [limited]: policies[limited] }),
    },
    onRefused: () => undefined,
  };
}

function serveRoutes(database: Database, { identify, routes }: Access): Promise<Served> {
  const table = createRouteTable(routes);
  const facts: Middleware = (ctx, next) => {
    ctx.state.facts = table.factsOf(ctx.method, ctx.path);
    return next();
  };
  return serve(
    facts,
    problems({ mapError }),
    deadline({ timeoutMs: 60_000 }),
    authenticate({ required: true, identify }),
    authorize({ onDenied: () => {} }),
    body({ maxBytes: 100_000 }),
    unitOfWork({ fork: (signal) => database.em(signal) }),
    table.routes,
  );
}

/** An account by an administrator, and a pair of tokens for it. */
export async function signUp(
  service: AccessService,
  admin: string,
  user: { username: string; role: string; candidate_id?: string },
): Promise<{ id: string; access: string; refresh: string }> {
  const made = await service.send('POST', '/users', admin, { ...user, password: PASSWORD });
  if (made.status !== 201) throw new Error(made.text);
  const { access_token, refresh_token } = await signIn(service, user.username);
  return { id: made.json.user_id, access: access_token, refresh: refresh_token };
}

export async function signIn(service: AccessService, username: string, password = PASSWORD) {
  const answer = await service.form({ username, password });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json as { access_token: string; refresh_token: string };
}
