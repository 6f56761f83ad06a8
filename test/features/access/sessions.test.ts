import assert from 'node:assert/strict';
import { argon2id, type Hasher } from '#src/features/access/passwords.ts';
import { sweepRefreshTokens } from '#src/features/access/refresh-token.ts';
import { testDatabase } from '#test/support/database.ts';
import {
  noSignal,
  PASSWORD,
  SECRET,
  signIn,
  signUp,
  startAccessService,
  type AccessService,
} from './access-service.ts';

const bootstrapKey = 'a-bootstrap-key-of-at-least-32-characters';

/** The real one; how many ran at the same time is counted. */
interface Counted {
  hasher: Hasher;
  most: () => number;
  verified: string[];
  /** Called before the next password is checked. */
  before: (() => Promise<void>) | undefined;
}

function counted(): Counted {
  let running = 0;
  let most = 0;
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    most = Math.max(most, running);
    return work().finally(() => (running -= 1));
  };
  const hashing: Counted = {
    verified: [],
    before: undefined,
    most: () => most,
    hasher: {
      hash: (password) => during(() => argon2id.hash(password)),
      async verify(stored, password) {
        hashing.verified.push(stored);
        await hashing.before?.();
        return during(() => argon2id.verify(stored, password));
      },
    },
  };
  return hashing;
}

describe('logins', () => {
  const database = testDatabase({ maxConnections: 24 });
  const hashing = counted();
  let service: AccessService;
  before(async () => {
    service = await startAccessService(database.db, { bootstrapKey, hasher: hashing.hasher });
    await signUp(service, bootstrapKey, { username: 'Root', role: 'admin' });
  });
  after(() => service.close());
  const refresh = (token: string) =>
    service.send('POST', '/auth/refresh', undefined, { refresh_token: token });
  const me = (token: string) => service.send('GET', '/auth/me', token);
  const later = (ms: number) => {
    service.time.now = new Date(service.time.now.getTime() + ms);
  };
  const rows = (sql: string) => database.db.em().execute<Record<string, unknown>[]>(sql);

  it('gives tokens for a password, in a form that is not cached', async () => {
    const answer = await service.form({
      grant_type: 'password',
      username: 'rOOT',
      password: PASSWORD,
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(Object.keys(answer.json), [
      'access_token',
      'token_type',
      'expires_in',
      'refresh_token',
    ]);
    assert.equal(answer.json.token_type, 'Bearer');
    assert.equal(answer.json.expires_in, 900);
    const { json } = await me(answer.json.access_token);
    assert.match(json.id, /^user_[0-9a-f-]{36}$/);
    assert.deepEqual([json.role, json.method, json.candidate_id], ['admin', 'jwt', null]);
  });

  it('computes passwords by argon2id with 19 MiB, two passes and one thread', async () => {
    const [row] = await rows(`select password_hash from users where username = 'Root'`);
    assert.match(String(row?.['password_hash']), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('tells nobody whether there is such an account: the same answer for the same work', async () => {
    const answerOf = async (fields: Record<string, string>) => {
      const before = hashing.verified.length;
      const { status, json, headers } = await service.form(fields);
      const { request_id: _id, trace_id: _trace, ...problem } = json;
      const names = [...headers.keys()];
      return { status, problem, names, hashes: hashing.verified.length - before };
    };
    const known = await answerOf({ username: 'Root', password: 'not the password' });
    assert.deepEqual(await answerOf({ username: 'nobody', password: 'not the password' }), known);
    assert.deepEqual(await answerOf({ username: "'--", password: PASSWORD }), known);
    assert.equal(known.status, 401);
    assert.equal(known.problem.error_code, 'INVALID_CREDENTIALS');
    assert.equal(known.hashes, 1);
    const cost = (stored = '') => stored.split('$').slice(0, 4).join('$');
    assert.deepEqual(new Set(hashing.verified.map(cost)).size, 1);
  });

  it('refuses a form that is none, precisely', async () => {
    const json = 'application/json';
    const statuses: [string, string | undefined, number, string][] = [
      ['username=a&password=b', json, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      [
        'username=a&password=b',
        'application/x-www-form-urlencoded; charset=latin1',
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      ['username=%E9&password=b', undefined, 400, 'BAD_REQUEST'],
      ['username=%zz&password=b', undefined, 400, 'BAD_REQUEST'],
      [`username=a&password=${'b'.repeat(8192)}`, undefined, 413, 'PAYLOAD_TOO_LARGE'],
      ['', undefined, 422, 'VALIDATION_ERROR'],
      ['username=a', undefined, 422, 'VALIDATION_ERROR'],
      ['username=a&username=b&password=c', undefined, 422, 'VALIDATION_ERROR'],
      ['username=a&password=c&__proto__=d', undefined, 422, 'VALIDATION_ERROR'],
      ['username=a&password=c%00', undefined, 422, 'VALIDATION_ERROR'],
      ['username=a&password=c&role=admin', undefined, 422, 'VALIDATION_ERROR'],
      ['grant_type=client_credentials&username=a&password=c', undefined, 422, 'VALIDATION_ERROR'],
      [`username=${'a'.repeat(101)}&password=c`, undefined, 422, 'VALIDATION_ERROR'],
    ];
    for (const [text, type, status, code] of statuses) {
      const answer = await service.form(text, type);
      assert.deepEqual([answer.status, answer.json.error_code], [status, code], text.slice(0, 60));
    }
  });

  it('takes a password with any characters as it is', async () => {
    const password = 'é+ &=%41 🔑 Ünïcode?';
    const made = await service.send('POST', '/users', admin, {
      username: 'unicode',
      password,
      role: 'viewer',
    });
    assert.equal(made.status, 201, made.text);
    await signIn(service, 'unicode', password);
    await signIn(service, 'unicode', password.normalize('NFD'));
    assert.equal(
      (await service.form({ username: 'unicode', password: `${password} ` })).status,
      401,
    );
    const raw = `username=unicode&password=${password.replace('%', '%25').replace('&', '%26').replace('+', '%2B').replaceAll(' ', '+')}`;
    assert.equal((await service.form(raw)).status, 200);
  });

  it('computes at most two hashes at a time', async () => {
    const guess = { username: 'Root', password: 'wrong guess' };
    const answers = await Promise.all(Array.from({ length: 16 }, () => service.form(guess)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
    assert.equal(hashing.most(), 2);
  });

  it('fails when the password is changed while it is checked', async () => {
    const fields = { username: 'racing', password: PASSWORD, role: 'viewer' };
    const { json } = await service.send('POST', '/users', admin, fields);
    hashing.before = async () => {
      hashing.before = undefined;
      const password = 'another one that is long enough';
      await service.send('PATCH', `/users/${json.user_id}`, admin, { password });
    };
    const late = await service.form({ username: 'racing', password: PASSWORD });
    assert.deepEqual([late.status, late.json.error_code], [401, 'INVALID_CREDENTIALS']);
    assert.deepEqual(
      await rows(
        "select hash from refresh_tokens r join users u on u.id = r.user_id where username = 'racing'",
      ),
      [],
    );
  });

  it('exchanges a refresh token that 20 present at once for one successor', async () => {
    const { refresh_token } = await signIn(service, 'Root');
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const successors = new Set(answers.map(({ json }) => json.refresh_token));
    assert.equal(successors.size, 1);
    const [successor = ''] = successors;
    assert.notEqual(successor, refresh_token);
    later(59_000);
    assert.equal((await refresh(refresh_token)).json.refresh_token, successor);
    const next = await refresh(successor);
    assert.equal(next.status, 200);
    assert.equal((await me(next.json.access_token)).status, 200);
  });

  it('ends the family when a token comes back after the leeway, and says so once', async () => {
    const first = await signIn(service, 'Root');
    const other = await signIn(service, 'Root');
    const second = (await refresh(first.refresh_token)).json;
    later(61_000);
    const before = { ...service.heard };
    const replayed = await refresh(first.refresh_token);
    assert.equal(replayed.status, 401);
    assert.equal(replayed.json.error_code, 'UNAUTHORIZED');
    assert.equal((await refresh(second.refresh_token)).status, 401);
    assert.equal((await refresh(first.refresh_token)).status, 401);
    assert.equal(service.heard.reused, before.reused + 1);
    assert.equal((await me(second.access_token)).status, 401, 'an access token of a thief');
    const log = await rows(
      `select a.target, u.username from audit_events a join users u on u.id = a.target where action = 'refresh_token.reused'`,
    );
    assert.deepEqual(
      log.map(({ username }) => username),
      ['Root'],
    );
    assert.equal((await refresh(other.refresh_token)).status, 200, 'another login goes on');
  });

  it('ends a login at logout, and at no other', async () => {
    const one = await signIn(service, 'Root');
    const two = await signIn(service, 'Root');
    const successor = (await refresh(one.refresh_token)).json;
    const out = await service.send('POST', '/auth/logout', one.access_token, {
      refresh_token: successor.refresh_token,
    });
    assert.equal(out.status, 204);
    assert.equal((await refresh(successor.refresh_token)).status, 401);
    assert.equal((await refresh(one.refresh_token)).status, 401);
    assert.equal((await refresh(two.refresh_token)).status, 200);
    const again = await service.send('POST', '/auth/logout', one.access_token, {
      refresh_token: 'x',
    });
    assert.equal(again.status, 204);
  });

  it('ends after 30 days, however often it was renewed; what has expired is cleared away', async () => {
    const { refresh_token } = await signIn(service, 'Root');
    later(29 * 86_400_000);
    const { json } = await refresh(refresh_token);
    later(86_400_000);
    const late = await refresh(json.refresh_token);
    assert.deepEqual([late.status, late.json.error_code], [401, 'UNAUTHORIZED']);
    assert.equal(service.heard.attempts.at(-1), 'refresh expired');
    assert.ok((await sweepRefreshTokens(database.db.em(), service.time.now)) > 5);
    assert.deepEqual(await rows('select hash from refresh_tokens'), []);
  });

  it('goes on with the tokens of before when the secret is changed', async () => {
    const pair = await signIn(service, 'Root');
    const successor = (await refresh(pair.refresh_token)).json.refresh_token;
    const changed = await startAccessService(database.db, {
      secret: 'another secret that is long enough',
      previousSecret: SECRET,
    });
    try {
      changed.time.now = service.time.now;
      const again = await changed.send('POST', '/auth/refresh', undefined, {
        refresh_token: pair.refresh_token,
      });
      assert.equal(again.json.refresh_token, successor);
      assert.equal((await changed.send('GET', '/auth/me', pair.access_token)).status, 200);
    } finally {
      await changed.close();
    }
  });

  it('keeps nothing that authenticates anybody: no stored value does', async () => {
    const vault = await signUp(service, admin, { username: 'vault', role: 'admin' });
    const key = (await service.send('POST', '/api-keys', vault.access, { name: 'k' })).json.key;
    await refresh(vault.refresh);
    const stored: string[] = [];
    for (const table of ['users', 'api_keys', 'refresh_tokens', 'audit_events']) {
      for (const row of await rows(`select * from ${table}`)) {
        stored.push(
          ...Object.values(row).map((value) =>
            typeof value === 'string' ? value : JSON.stringify(value),
          ),
        );
      }
    }
    assert.ok(stored.length > 100);
    const secrets = [key, vault.refresh, vault.access, PASSWORD, key.slice(16, 59)];
    for (const secret of secrets) assert.ok(!stored.some((value) => value.includes(secret)));
    for (const value of new Set(stored)) {
      for (const token of [value, `se_refresh_${value}`, `se_${value}`]) {
        await assert.rejects(service.access.identify({ token }, noSignal), {
          code: 'UNAUTHORIZED',
        });
        const { status } = await refresh(token.slice(0, 200) || 'x');
        assert.equal(status, 401, token);
      }
    }
    for (const { password_hash } of await rows('select distinct password_hash from users')) {
      assert.equal(
        (await service.form({ username: 'vault', password: String(password_hash) })).status,
        401,
      );
    }
  });

  for (const limited of ['address', 'account'] as const) {
    it(`are limited to five a minute by ${limited}, before anything is computed`, async () => {
      const { hasher } = hashing;
      const service = await startAccessService(database.db, { limited, hasher });
      try {
        const guess = { username: 'Root', password: 'another guess' };
        for (let i = 0; i < 5; i += 1) assert.equal((await service.form(guess)).status, 401);
        const before = hashing.verified.length;
        const answer = await service.form({ ...guess, username: 'rooT' });
        assert.equal(answer.status, 429);
        assert.equal(answer.json.error_code, 'RATE_LIMIT_EXCEEDED');
        assert.ok(Number(answer.headers.get('retry-after')) > 0);
        assert.deepEqual(answer.json.violated_policies, [`login_${limited}`]);
        assert.equal(hashing.verified.length, before);
        assert.equal(service.heard.attempts.at(-1), 'password limited');
        const other = await service.form({ ...guess, username: 'somebody else' });
        assert.equal(other.status, limited === 'address' ? 429 : 401);
      } finally {
        await service.close();
      }
    });
  }

  it('know an account by no spelling that the limit takes for another account', async () => {
    const account = { username: 'iris', password: PASSWORD, role: 'viewer' };
    const { status } = await service.send('POST', '/users', admin, account);
    assert.equal(status, 201);
    assert.equal((await service.form({ username: 'IRIS', password: PASSWORD })).status, 200);
    for (const username of ['\u0130ris', 'ir\u0130s', '\u0130r\u0130s']) {
      assert.equal((await service.form({ username, password: PASSWORD })).status, 401, username);
    }
  });

  // An administrator who signs in anew: the clock of these tests runs ahead.
  let admin = '';
  beforeEach(async () => {
    admin = (await signIn(service, 'Root')).access_token;
  });
});
