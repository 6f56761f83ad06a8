import assert from 'node:assert/strict';
import { entities } from '#src/features/entities.ts';
import { createDatabase } from '#src/storage/postgres/database.ts';
import { personalAccess } from '#src/features/access/personal-access.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { testDatabase } from '#test/support/database.ts';
import {
  PASSWORD,
  SECRET,
  signIn,
  signUp,
  startAccessService,
  type AccessService,
} from './access-service.ts';
import type { Answer } from '#test/support/service.ts';

const bootstrapKey = 'a-bootstrap-key-of-at-least-32-characters';

describe('accounts and their keys', () => {
  const database = testDatabase({ maxConnections: 10 });
  let service: AccessService;
  let root: { id: string; access: string };
  before(async () => {
    service = await startAccessService(database.db, { bootstrapKey });
    root = await signUp(service, bootstrapKey, { username: 'root', role: 'admin' });
  });
  after(() => service.close());

  const rows = (sql: string) => database.db.em().execute<Record<string, string | null>[]>(sql);
  const me = (token: string) => service.send('GET', '/auth/me', token);
  const signedUp = (username: string, role: string, candidate_id?: string) =>
    signUp(service, root.access, {
      username,
      role,
      ...(candidate_id === undefined ? {} : { candidate_id }),
    });
  const keyFor = async (token: string, wish: Record<string, unknown> = {}) => {
    const { status, json, text } = await service.send('POST', '/api-keys', token, {
      name: 'test',
      ...wish,
    });
    assert.equal(status, 201, text);
    return json as { key: string; key_id: string; role: string; expires_at: string };
  };
  const codes = (answer: Answer) => [answer.status, answer.json?.error_code];

  describe('take effect at once', () => {
    const changes: [string, (id: string) => Promise<Answer>][] = [
      ['disabled', (id) => service.send('PATCH', `/users/${id}`, root.access, { disabled: true })],
      ['deleted', (id) => service.send('DELETE', `/users/${id}`, root.access)],
    ];
    for (const [what, change] of changes) {
      it(`when an account is ${what}, its tokens, logins and keys with it`, async () => {
        const user = await signedUp(`was-${what}`, 'assessor');
        const { key } = await keyFor(user.access);
        // Both are in the cache now.
        for (const token of [user.access, key]) assert.equal((await me(token)).status, 200);
        assert.ok((await change(user.id)).status < 300);
        for (const token of [user.access, key]) {
          assert.deepEqual(codes(await me(token)), [401, 'UNAUTHORIZED']);
        }
        const again = { refresh_token: user.refresh };
        const renewed = await service.send('POST', '/auth/refresh', undefined, again);
        assert.deepEqual(codes(renewed), [401, 'UNAUTHORIZED']);
        const login = await service.form({ username: `was-${what}`, password: PASSWORD });
        assert.deepEqual(codes(login), [401, 'INVALID_CREDENTIALS']);
      });
    }

    it('when it is demoted: its tokens end, its keys have its new role, its logins go on', async () => {
      const user = await signedUp('demoted', 'admin');
      const { key } = await keyFor(user.access);
      assert.equal((await me(key)).json.role, 'admin');
      const change = { role: 'viewer' };
      await service.send('PATCH', `/users/${user.id}`, root.access, change);
      assert.equal((await me(user.access)).status, 401);
      assert.equal((await me(key)).json.role, 'viewer');
      assert.deepEqual(codes(await service.send('GET', '/users', key)), [403, 'FORBIDDEN']);
      const { json } = await service.send('POST', '/auth/refresh', undefined, {
        refresh_token: user.refresh,
      });
      assert.equal((await me(json.access_token)).json.role, 'viewer');
      const person = { role: 'candidate', candidate_id: 'somebody' };
      await service.send('PATCH', `/users/${user.id}`, root.access, person);
      const { role, candidate_id } = (await me(key)).json;
      assert.deepEqual({ role, candidate_id }, person);
    });

    it('when its password is changed: tokens and logins end, the old password with them', async () => {
      const user = await signedUp('changed', 'viewer');
      const password = 'another one that is long enough';
      await service.send('PATCH', `/users/${user.id}`, root.access, { password });
      assert.equal((await me(user.access)).status, 401);
      const again = { refresh_token: user.refresh };
      assert.equal((await service.send('POST', '/auth/refresh', undefined, again)).status, 401);
      assert.equal((await service.form({ username: 'changed', password: PASSWORD })).status, 401);
      await signIn(service, 'changed', password);
    });

    it('when a key is revoked or expires', async () => {
      const user = await signedUp('keys', 'viewer');
      const one = await keyFor(user.access);
      const two = await keyFor(user.access, { expires_in_days: 1 });
      assert.equal((await me(one.key)).status, 200);
      assert.equal(
        (await service.send('DELETE', `/api-keys/${one.key_id}`, user.access)).status,
        204,
      );
      assert.equal((await me(one.key)).status, 401);
      assert.equal(service.heard.attempts.at(-1), 'api_key revoked');
      assert.equal((await me(two.key)).status, 200);
      const { now } = service.time;
      service.time.now = new Date(two.expires_at);
      const late = await me(two.key);
      service.time.now = now;
      assert.equal(late.status, 401);
      assert.equal(service.heard.attempts.at(-1), 'api_key expired');
      assert.equal(
        (await service.send('DELETE', `/api-keys/${one.key_id}`, user.access)).status,
        204,
      );
      const revocations = await rows(
        `select id from audit_events where action = 'api_key.revoked' and target = 'key_${one.key_id}'`,
      );
      assert.equal(revocations.length, 1);
    });

    it('when the person is erased, with the tag that its entries have', async () => {
      const user = await signedUp('erased', 'candidate', 'ada');
      const { key } = await keyFor(root.access, { role: 'candidate', candidate_id: 'ada' });
      for (const token of [user.access, key])
        assert.equal((await me(token)).json.candidate_id, 'ada');
      const tags: string[] = [];
      const erased = await inTransaction(database.db.em(), async (tx) => {
        const counts: Record<string, number> = {};
        for (const { copies } of personalAccess)
          tags.push(...((await copies?.(tx, 'ada'))?.tags ?? []));
        for (const { kind, erase } of personalAccess) counts[kind] = await erase(tx, 'ada');
        return counts;
      });
      assert.deepEqual(erased, { api_keys: 1, users: 1 });
      await service.cache.invalidate({ tags });
      for (const token of [user.access, key]) assert.equal((await me(token)).status, 401);
      for (const table of ['users', 'api_keys']) {
        assert.deepEqual(await rows(`select id from ${table} where candidate_id = 'ada'`), []);
      }
    });
  });

  it('answer every refusal in the same words', async () => {
    const user = await signedUp('refused', 'viewer');
    const { key, key_id } = await keyFor(user.access);
    await service.send('DELETE', `/api-keys/${key_id}`, user.access);
    const unknown = 'se_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA000000';
    const answers = [];
    for (const token of [key, unknown, 'x', `${user.access}x`, user.refresh, bootstrapKey]) {
      const { status, json, headers } = await me(token);
      const { request_id: _id, ...problem } = json;
      answers.push(JSON.stringify([status, problem, headers.get('www-authenticate')]));
    }
    assert.equal(new Set(answers).size, 1, answers.join('\n'));
  });

  it('give a key no more than its maker has', async () => {
    const viewer = await signedUp('viewer', 'viewer');
    const person = await signedUp('person', 'candidate', 'grace');
    const refused: [string, Record<string, unknown>][] = [
      [viewer.access, { role: 'assessor' }],
      [viewer.access, { role: 'admin' }],
      [viewer.access, { role: 'candidate' }],
      [viewer.access, { role: 'candidate', candidate_id: 'grace' }],
      [viewer.access, { rate_limit: { per_minute: 1000, per_hour: 1000 } }],
      [person.access, { role: 'viewer' }],
      [person.access, { candidate_id: 'ada' }],
      [person.access, { candidate_id: 'grace' }],
    ];
    for (const [token, wish] of refused) {
      const answer = await service.send('POST', '/api-keys', token, { name: 'x', ...wish });
      assert.deepEqual(codes(answer), [403, 'FORBIDDEN'], JSON.stringify(wish));
    }
    assert.equal((await keyFor(viewer.access)).role, 'viewer');
    const own = await keyFor(person.access);
    assert.equal((await me(own.key)).json.candidate_id, 'grace');
    // A key makes keys that end no later than itself.
    const short = await keyFor(viewer.access, { expires_in_days: 2 });
    assert.equal((await keyFor(short.key, { expires_in_days: 365 })).expires_at, short.expires_at);
    const limit = { per_minute: 7, per_hour: 70 };
    const limited = await keyFor(root.access, { role: 'viewer', rate_limit: limit });
    assert.deepEqual((await me(limited.key)).json.rate_limit, limit);
    const misfits = [{ role: 'candidate' }, { role: 'viewer', candidate_id: 'ada' }];
    for (const wish of misfits) {
      const answer = await service.send('POST', '/api-keys', root.access, { name: 'x', ...wish });
      assert.deepEqual(codes(answer), [422, 'VALIDATION_ERROR']);
    }
  });

  it('let nobody but administrators know of the keys of others', async () => {
    const one = await signedUp('one', 'assessor');
    const two = await signedUp('two', 'assessor');
    const { key_id, key } = await keyFor(one.access);
    const listed = async (token: string) => {
      const { json } = await service.send('GET', '/api-keys?limit=100', token);
      return (json.items as { key_id: string }[]).map((item) => item.key_id);
    };
    assert.deepEqual(await listed(one.access), [key_id]);
    assert.deepEqual(await listed(key), [key_id]);
    assert.deepEqual(await listed(two.access), []);
    assert.ok((await listed(root.access)).includes(key_id));
    const foreign = await service.send('DELETE', `/api-keys/${key_id}`, two.access);
    const unknown = await service.send('DELETE', '/api-keys/AAAAAAAAAAAA', two.access);
    assert.deepEqual(codes(foreign), [404, 'NOT_FOUND']);
    assert.equal(foreign.json.detail, unknown.json.detail);
    assert.equal((await me(key)).status, 200);
    const { json } = await service.send('GET', '/api-keys', one.access);
    assert.equal(json.items[0].last_four, key.slice(-4));
    assert.ok(!JSON.stringify(json).includes(key.slice(16, 59)));
  });

  it('have at most five active keys each, however many are asked for at once', async () => {
    const user = await signedUp('collector', 'viewer');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        service.send('POST', '/api-keys', user.access, { name: 'k' }),
      ),
    );
    const created = answers.filter(({ status }) => status === 201);
    assert.equal(created.length, 5);
    assert.equal(answers.filter(({ status }) => status === 409).length, 3);
    await service.send('DELETE', `/api-keys/${created[0]?.json.key_id}`, user.access);
    await keyFor(user.access);
  });

  it('are reserved to administrators', async () => {
    for (const [username, role, candidate] of [
      ['low-1', 'candidate', 'lin'],
      ['low-2', 'viewer', undefined],
      ['low-3', 'assessor', undefined],
    ] as const) {
      const { access, id } = await signedUp(username, role, candidate);
      const asked: [string, string, object?][] = [
        ['GET', '/users'],
        ['GET', `/users/${root.id}`],
        ['POST', '/users', { username: 'x', password: PASSWORD, role: 'admin' }],
        ['PATCH', `/users/${id}`, { role: 'admin' }],
        ['DELETE', `/users/${root.id}`],
        ['GET', '/admin/audit'],
      ];
      for (const [method, path, body] of asked) {
        assert.equal((await service.send(method, path, access, body)).status, 403, path);
        assert.equal((await service.send(method, path, undefined, body)).status, 401, path);
      }
    }
  });

  it('take no member that is not theirs to say', async () => {
    const columns = await rows(
      `select distinct column_name from information_schema.columns
       where table_name in ('users', 'api_keys', 'refresh_tokens', 'audit_events')`,
    );
    const names = [...columns.map(({ column_name }) => column_name ?? ''), 'is_admin', 'key'];
    const user = await signedUp('mass', 'viewer');
    const maker = await signedUp('maker', 'viewer');
    const bodies: [string, string, Record<string, unknown>][] = [
      ['POST', '/users', { username: 'mass-2', password: PASSWORD, role: 'viewer' }],
      ['PATCH', `/users/${user.id}`, { disabled: false }],
      ['POST', '/api-keys', { name: 'mass' }],
      ['POST', '/auth/refresh', { refresh_token: user.refresh }],
      ['POST', '/auth/logout', { refresh_token: user.refresh }],
    ];
    for (const [method, path, body] of bodies) {
      for (const name of names) {
        if (name in body) continue;
        const token = path === '/api-keys' ? maker.access : root.access;
        const value = name === 'role' ? 'admin' : 'user_x';
        const { status } = await service.send(method, path, token, { ...body, [name]: value });
        const rightful = path.startsWith('/users/') && name === 'role';
        if (!rightful)
          assert.ok([403, 422].includes(status), `${method} ${path} ${name} ${status}`);
      }
    }
    assert.equal((await rows(`select id from users where username = 'mass-2'`)).length, 0);
  });

  it('have names and passwords by the rules', async () => {
    const make = async (change: Record<string, unknown>) => {
      const fields = { username: 'rules', password: PASSWORD, role: 'viewer', ...change };
      const { status, json } = await service.send('POST', '/users', root.access, fields);
      return [status, json.errors?.[0]?.pointer ?? json.error_code];
    };
    for (const username of ['', 'a b', 'ä', 'a\nb', 'a'.repeat(101), "x'--"]) {
      assert.deepEqual(await make({ username }), [422, '/username'], username);
    }
    for (const password of ['short', 'a'.repeat(1025), '🔑'.repeat(513), 7]) {
      assert.deepEqual(await make({ password }), [422, '/password']);
    }
    const long = 'a-long-username@example.com';
    assert.deepEqual(await make({ username: long, password: long.toUpperCase() }), [
      422,
      '/password',
    ]);
    assert.deepEqual(await make({ role: 'candidate' }), [422, '/candidate_id']);
    assert.deepEqual(await make({ candidate_id: 'ada' }), [422, '/candidate_id']);
    assert.deepEqual(await make({ role: 'root' }), [422, '/role']);
    assert.deepEqual(await make({ username: 'ROOT' }), [409, 'DUPLICATE_RESOURCE']);
    const { id } = await signedUp(long, 'viewer');
    const own = await service.send('PATCH', `/users/${id}`, root.access, { password: long });
    assert.deepEqual(codes(own), [422, 'VALIDATION_ERROR']);
    assert.equal((await service.send('PATCH', `/users/${id}`, root.access, {})).status, 422);
  });

  it('are listed page by page, and never with a password', async () => {
    const seen: string[] = [];
    let path: string | null = '/users?limit=3';
    while (path !== null) {
      const { json, text } = await service.send('GET', path, root.access);
      assert.doesNotMatch(text, /argon2|password|token_version/);
      seen.push(...json.items.map((item: { user_id: string }) => item.user_id));
      path = json.next_cursor === null ? null : `/users?limit=3&cursor=${json.next_cursor}`;
    }
    const stored = await rows('select id from users order by id');
    assert.deepEqual(
      seen,
      stored.map(({ id }) => id),
    );
    const { json } = await service.send('GET', `/users/${root.id}`, root.access);
    assert.equal(json.username, 'root');
    for (const id of ['user_x', 'user_00000000-0000-0000-0000-000000000000']) {
      assert.equal((await service.send('GET', `/users/${id}`, root.access)).status, 404);
    }
  });

  describe('leave a log', () => {
    it('of each change, with who, what and in which request, and nobody’s name', async () => {
      const user = await signedUp('logged', 'candidate', 'secret_person');
      await keyFor(user.access);
      await service.send('PATCH', `/users/${user.id}`, root.access, {
        candidate_id: 'secret_other',
      });
      await service.send('DELETE', `/users/${user.id}`, root.access);
      const { json, text } = await service.send('GET', '/admin/audit?limit=4', root.access);
      assert.deepEqual(
        json.items.map((item: { action: string; actor: string }) => [item.action, item.actor]),
        [
          ['user.deleted', root.id],
          ['user.changed', root.id],
          ['api_key.created', user.id],
          ['user.created', root.id],
        ],
      );
      assert.equal(json.items[3].target, user.id);
      assert.match(json.items[3].request_id, /^request-\d+$/);
      const handle = createHandles(SECRET).of('candidate', 'secret_person');
      assert.deepEqual(json.items[3].details, { role: 'candidate', candidate: handle });
      assert.doesNotMatch(text, /secret_|logged/);
      const next = `/admin/audit?limit=4&cursor=${json.next_cursor}`;
      const older = await service.send('GET', next, root.access);
      assert.ok(older.json.items[0].event_id < json.items[3].event_id);
    });

    it('that nobody changes: rows are only added', async () => {
      const refused = { name: /./, code: '23001' };
      for (const sql of [
        `update audit_events set actor = 'nobody'`,
        'delete from audit_events',
        'delete from audit_events where false',
        'truncate audit_events',
      ]) {
        await assert.rejects(database.db.em().execute(sql), refused, sql);
      }
    });

    it('in the same transaction: what is not logged is not done', async () => {
      await rows('alter table audit_events add constraint never check (false) not valid');
      try {
        const users = await rows('select * from users order by id');
        const keys = await rows('select * from api_keys order by id');
        const [key] = keys.filter(({ revoked_at }) => revoked_at === null);
        const asked: [string, string, object?][] = [
          ['POST', '/users', { username: 'unlogged', password: PASSWORD, role: 'admin' }],
          ['PATCH', `/users/${users[1]?.['id']}`, { role: 'admin' }],
          ['DELETE', `/users/${users[1]?.['id']}`],
          ['POST', '/api-keys', { name: 'unlogged' }],
          ['DELETE', `/api-keys/${key?.['id']}`],
        ];
        for (const [method, path, body] of asked) {
          assert.equal((await service.send(method, path, root.access, body)).status, 500, path);
        }
        assert.deepEqual(await rows('select * from users order by id'), users);
        assert.deepEqual(await rows('select * from api_keys order by id'), keys);
      } finally {
        await rows('alter table audit_events drop constraint never');
      }
    });
  });

  it('that cannot be looked up are unavailable, not wrong', async () => {
    const key = await keyFor(root.access);
    const gone = await createDatabase({ url: 'postgresql://nobody@127.0.0.1:1/nowhere', entities });
    const without = await startAccessService(gone);
    try {
      const answers = [
        await without.send('GET', '/auth/me', root.access),
        await without.send('GET', '/auth/me', key.key),
        await without.form({ username: 'root', password: PASSWORD }),
        await without.send('POST', '/auth/refresh', undefined, {
          refresh_token: (await signIn(service, 'root')).refresh_token,
        }),
      ];
      for (const answer of answers) assert.deepEqual(codes(answer), [503, 'SERVICE_UNAVAILABLE']);
      assert.deepEqual(without.heard.attempts, []);
    } finally {
      await without.close();
      await gone.close();
    }
  });

  describe('with administrators', () => {
    it('keep the last enabled one', async () => {
      const gone: [string, object?][] = [
        ['DELETE'],
        ['PATCH', { role: 'viewer' }],
        ['PATCH', { disabled: true }],
        ['PATCH', { role: 'candidate', candidate_id: 'root' }],
      ];
      const enabled = `role = 'admin' and not disabled and id <> '${root.id}'`;
      for (const { id } of await rows(`select id from users where ${enabled}`)) {
        await service.send('PATCH', `/users/${id}`, root.access, { role: 'viewer' });
      }
      const disabled = await signedUp('second', 'admin');
      await service.send('PATCH', `/users/${disabled.id}`, root.access, { disabled: true });
      for (const [method, body] of gone) {
        const answer = await service.send(method, `/users/${root.id}`, root.access, body);
        assert.deepEqual(codes(answer), [409, 'CONFLICT'], `${method} ${JSON.stringify(body)}`);
      }
      const other = await signedUp('third', 'admin');
      // Each removes the other, at the same moment: one stays.
      const answers = await Promise.all([
        service.send('DELETE', `/users/${other.id}`, root.access),
        service.send('PATCH', `/users/${root.id}`, other.access, { role: 'viewer' }),
      ]);
      assert.equal(
        answers.filter(({ status }) => status < 300).length,
        1,
        answers.map((a) => a.text).join(),
      );
      const left = await rows(`select username from users where role = 'admin' and not disabled`);
      assert.equal(left.length, 1);
      const username = left[0]?.['username'] ?? '';
      root = {
        id: username === 'root' ? root.id : other.id,
        access: (await signIn(service, username)).access_token,
      };
    });
  });
});
