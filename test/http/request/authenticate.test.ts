import assert from 'node:assert/strict';
import { AppError } from '#src/errors.ts';
import { problems } from '#src/http/problems.ts';
import {
  authenticate,
  authorize,
  createIsStillCaller,
  unauthorized,
} from '#src/http/request/authenticate.ts';
import { roles, type Caller, type Role } from '#src/http/request/caller.ts';
import type { Access, RequestContext } from '#src/http/request/context.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { trace } from '#src/http/request/trace.ts';
import { factsAt } from '#test/support/route-facts.ts';
import { serve, type Served } from '#test/support/serve.ts';

const accesses: Access[] = ['public', ...roles];

/** The token is the role. */
function callerOf(token: string): Caller {
  const role = roles.find((each) => each === token);
  if (role === undefined) throw unauthorized('The token is not valid.');
  const candidateId = role === 'candidate' ? 'ada' : null;
  const id = `user_${role}`;
  return { id, account: id, role, candidateId, method: 'jwt', quota: null };
}

function served(required: boolean): Promise<Served> {
  const denied: Access[] = [];
  return serve(
    trace({ factsOf: (_, path) => factsAt(path, { access: path.slice(1) as Access }) }),
    problems({ mapError: (error) => (error instanceof AppError ? error : null) }),
    deadline({ timeoutMs: 10_000 }),
    authenticate({
      required,
      identify: ({ token }) => Promise.resolve().then(() => callerOf(token)),
    }),
    authorize({ onDenied: (access) => void denied.push(access) }),
    (ctx, next) => {
      ctx.body = JSON.stringify({ caller: ctx.state.identity?.id ?? null, denied });
      return next();
    },
  );
}

async function ask(
  app: Served,
  access: Access,
  headers: Record<string, string> = {},
  method = 'GET',
) {
  const response = await fetch(`${app.url}/${access}`, { headers, method });
  const text = await response.text();
  const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, challenge: response.headers.get('www-authenticate'), json };
}

describe('authentication', () => {
  let app: Served;
  before(async () => {
    app = await served(true);
  });
  after(() => app.close());

  it('lets each role do what those before it may, and no more', async () => {
    for (const access of accesses) {
      for (const role of roles) {
        const { status, challenge } = await ask(app, access, { 'X-API-Key': role });
        const may = access === 'public' || roles.indexOf(role) >= roles.indexOf(access);
        assert.equal(status, may ? 200 : 403, `${role} on ${access}`);
        const scope = `Bearer realm="sono-eval", error="insufficient_scope", scope="${access}"`;
        assert.equal(challenge, may ? null : scope);
      }
    }
  });

  it('tells what was denied', async () => {
    const before = (await ask(app, 'public')).json['denied'] as Access[];
    await ask(app, 'admin', { 'X-API-Key': 'viewer' });
    const after = (await ask(app, 'public')).json['denied'] as Access[];
    assert.deepEqual(after.slice(before.length), ['admin']);
  });

  it('asks nobody who they are on a public route', async () => {
    for (const token of ['admin', 'wrong']) {
      const { status, json } = await ask(app, 'public', { 'X-API-Key': token });
      assert.deepEqual([status, json['caller']], [200, null]);
    }
  });

  it('is 401 with a challenge without credentials, and with wrong ones', async () => {
    const none = await ask(app, 'viewer');
    assert.deepEqual([none.status, none.json['error_code']], [401, 'UNAUTHORIZED']);
    assert.equal(none.challenge, 'Bearer realm="sono-eval"');
    const wrong = await ask(app, 'viewer', { Authorization: 'Bearer wrong' });
    assert.deepEqual([wrong.status, wrong.json['error_code']], [401, 'UNAUTHORIZED']);
    assert.equal(wrong.challenge, 'Bearer realm="sono-eval", error="invalid_token"');
  });

  const accepted: Record<string, string>[] = [
    { Authorization: 'Bearer viewer' },
    { authorization: 'bearer viewer' },
    { Authorization: 'Bearer   viewer' },
    { 'X-API-Key': 'viewer' },
    { Authorization: 'Bearer viewer', 'X-API-Key': 'viewer' },
  ];
  for (const headers of accepted) {
    it(`reads ${JSON.stringify(headers)}`, async () => {
      const { status, json } = await ask(app, 'viewer', headers);
      assert.deepEqual([status, json['caller']], [200, 'user_viewer']);
    });
  }

  const refused: [Record<string, string>, number][] = [
    [{ Authorization: 'viewer' }, 401],
    [{ Authorization: 'Basic viewer' }, 401],
    [{ Authorization: 'Bearer' }, 401],
    [{ Authorization: 'Bearer viewer admin' }, 401],
    [{ Authorization: 'Bearer viewer,Bearer admin' }, 401],
    [{ Authorization: 'Bearerviewer' }, 401],
    [{ 'X-API-Key': '' }, 401],
    [{ 'X-API-Key': 'viewer, admin' }, 401],
    [{ Authorization: 'Bearer viewer', 'X-API-Key': 'admin' }, 400],
    [{ Authorization: 'Basic viewer', 'X-API-Key': 'admin' }, 401],
  ];
  for (const [headers, status] of refused) {
    it(`refuses ${JSON.stringify(headers)}`, async () => {
      assert.equal((await ask(app, 'viewer', headers)).status, status);
    });
  }

  it('answers HEAD as GET, and leaves OPTIONS alone', async () => {
    assert.equal((await ask(app, 'viewer', {}, 'HEAD')).status, 401);
    assert.equal((await ask(app, 'viewer', {}, 'OPTIONS')).status, 200);
  });
});

describe('authentication that is switched off', () => {
  it('lets everybody do everything, as one caller', async () => {
    const app = await served(false);
    try {
      for (const role of ['admin', 'candidate'] satisfies Role[]) {
        const { status, json } = await ask(app, role, { Authorization: 'Bearer wrong' });
        assert.deepEqual([status, json['caller']], [200, 'everyone']);
      }
    } finally {
      await app.close();
    }
  });
});

describe('a caller whose answer lasts', () => {
  const caller = callerOf('candidate');
  const ask = (identify: () => Promise<Caller>, required = true) => {
    const signal = new AbortController().signal;
    const ctx = { req: { headers: { 'x-api-key': 'key' } }, state: { caller, signal } };
    return createIsStillCaller({ required, identify })(ctx as unknown as RequestContext);
  };

  it('is the same while nothing of it is different', async () => {
    assert.equal(await ask(() => Promise.resolve({ ...caller })), true);
    const others = [{ id: 'user_other' }, { role: 'viewer' as const }, { candidateId: 'bob' }];
    for (const other of others)
      assert.equal(await ask(() => Promise.resolve({ ...caller, ...other })), false);
    assert.equal(await ask(() => Promise.reject(unauthorized('revoked'))), false);
    const down = new Error('down');
    await assert.rejects(
      ask(() => Promise.reject(down)),
      down,
    );
  });

  it('is not asked where nobody is', async () => {
    assert.equal(await ask(() => Promise.reject(new Error('asked')), false), true);
  });
});
