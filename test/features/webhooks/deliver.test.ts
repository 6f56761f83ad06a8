/** Attempts at deliveries, with a clock and a receiver of the test. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Logger } from '#telemetry/logger.ts';
import { AppError } from '#src/errors.ts';
import { deriveKeys } from '#src/features/access/secrets.ts';
import { createDeliver, type Deliver } from '#src/features/webhooks/deliver.ts';
import { createDeliveries, deliveryJobs } from '#src/features/webhooks/deliveries.ts';
import { createReceivers } from '#src/features/webhooks/receivers.ts';
import { readRetryAfter, retryDelay } from '#src/features/webhooks/retry.ts';
import { createWebhookSecrets } from '#src/features/webhooks/webhook-secret.ts';
import { insertWebhook, updateWebhook } from '#src/features/webhooks/webhook-store.ts';
import { OutboundError, type OutboundAnswer, type OutboundRequest } from '#src/outbound/post.ts';
import { inTransaction, type Transaction } from '#src/storage/postgres/transaction.ts';
import type { JobToSend } from '#src/storage/queue/queue.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const secretsOf = (current: string, previous: string | null = null) =>
  createWebhookSecrets({ keys: deriveKeys({ current, previous }), randomBytes });

describe('the time of a retry', () => {
  it('grows to eight hours, over about a day, and ends', () => {
    const delays = Array.from({ length: 10 }, (_, at) => retryDelay(at + 1, 0, 0.5));
    assert.deepEqual(delays, [10, 40, 160, 640, 2560, 10_240, 28_800, 28_800, 28_800, null]);
    assert.deepEqual([retryDelay(3, 0, 0), retryDelay(3, 0, 0.999)], [120, 200]);
    const total = (random: number) =>
      delays.reduce<number>((sum, _, at) => sum + (retryDelay(at + 1, 0, random) ?? 0), 0);
    assert.ok(total(0) > 20 * 3600 && total(0.999) < 36 * 3600);
  });

  it('is not before the one that the receiver asks for, within bounds', () => {
    const now = new Date('2026-11-30T12:00:00Z');
    assert.equal(readRetryAfter('120', now), 120);
    assert.equal(readRetryAfter('Mon, 30 Nov 2026 12:05:00 GMT', now), 300);
    for (const header of ['-1', '1e9', 'soon', '', 'Mon, 30 Nov 2020 12:00:00 GMT', null])
      assert.equal(readRetryAfter(header, now), 0, String(header));
    assert.equal(retryDelay(1, 120, 0.5), 120);
    assert.equal(retryDelay(4, 120, 0.5), 640);
    assert.equal(retryDelay(1, 999_999_999, 0.5), 8 * 3600);
  });
});

describe('a stored secret', () => {
  it('is read by the key that made it, the former one included, and for its webhook alone', () => {
    const [old, changed] = [secretsOf('old'), secretsOf('new', 'old')];
    const secret = old.create();
    const sealed = old.seal('webhook_1', secret);
    assert.ok(!sealed.includes(secret.slice(6)));
    assert.deepEqual([old.isCurrent(sealed), changed.isCurrent(sealed)], [true, false]);
    assert.deepEqual(
      [old, changed].map(({ open }) => open('webhook_1', sealed)),
      [secret, secret],
    );
    assert.equal(secretsOf('new').open('webhook_1', sealed), null);
    assert.equal(old.open('webhook_2', sealed), null);
    const cut = sealed.slice(0, -2);
    for (const bad of [cut, `${cut}AA`, '', 'x.y', sealed.replace('.', '.AAAA')])
      assert.equal(old.open('webhook_1', bad), null);
    assert.notEqual(old.seal('webhook_1', secret), sealed);
  });
});

describe('an attempt', () => {
  const database = testDatabase();
  const start = Date.parse('2026-11-30T12:00:00Z');
  const secrets = secretsOf('secret');
  let ms = 0;
  let sent: { data: Record<string, unknown>; startAfter?: Date }[] = [];
  let asked: { url: string; request: OutboundRequest }[] = [];
  let outcomes: string[] = [];
  let answer: () => OutboundAnswer = () => ({ status: 204, retryAfter: null });
  let deliver: Deliver;
  const now = () => new Date(start + ms);
  const em = () => database.db.em();
  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(em(), work);
  const queue = {
    send(_tx: Transaction, name: string, job: JobToSend = {}) {
      assert.equal(name, 'webhook-delivery');
      sent.push({ data: job.data ?? {}, ...(job.startAfter && { startAfter: job.startAfter }) });
      return Promise.resolve('');
    },
  };
  const deliveries = createDeliveries({
    rules: { allowLoopback: false },
    queue,
    now,
    newId: randomUUIDv7,
  });
  const jobs = () => deliveryJobs({ queue, deliver, em, now });

  beforeEach(() => {
    [sent, asked, outcomes, ms] = [[], [], [], 0];
    answer = () => ({ status: 204, retryAfter: null });
    deliver = createDeliver({
      em,
      post(url, request) {
        asked.push({ url, request });
        return new Promise((resolve) => resolve(answer()));
      },
      receivers: createReceivers({
        clock: { now: () => ms, lost: () => 0, heard: () => ms },
        now,
        random: () => 0.5,
      }),
      secrets,
      clock: { now, monotonicMs: () => ms },
      random: () => 0.5,
      version: '1',
      ended: (outcome) => outcomes.push(outcome),
      log: silent,
    });
  });

  const make = async (owner: string, url = 'https://example.com/hook') => {
    const id = `webhook_${randomUUIDv7()}`;
    const secret = secrets.create();
    const sealed = secrets.seal(id, secret);
    await write((tx) => insertWebhook(tx, { id, owner, url, secret: sealed, at: now() }));
    return { id, secret };
  };
  const enqueue = async (
    owner: string,
    candidateId: string | null = null,
    callbackUrl: string | null = null,
  ) => {
    const message = { owner, event: 'assessment.completed', data: { n: 1 } } as const;
    await write((tx) => deliveries.enqueue(tx, { ...message, candidateId, callbackUrl }));
    return String(sent.at(-1)?.data['delivery_id']);
  };
  const run = async (data: Record<string, unknown> | undefined) => {
    const job = { data, complete: () => Promise.resolve() };
    await jobs().work(job as never, new AbortController().signal);
  };
  const row = async (id: string) => {
    const [found] = await em().execute<Record<string, unknown>[]>(
      'select * from webhook_deliveries where id = ?',
      [id],
    );
    return found ?? {};
  };

  it('is enqueued by a transaction that commits, and by no other', async () => {
    await make('one');
    const undone = write(async (tx) => {
      const message = { owner: 'one', event: 'batch.completed', data: {} } as const;
      await deliveries.enqueue(tx, { ...message, candidateId: null, callbackUrl: null });
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    const [{ count } = { count: -1 }] = await em().execute<{ count: number }[]>(
      'select count(*)::int as count from webhook_deliveries',
    );
    assert.deepEqual([count, asked], [0, []]);
  });

  it('has one id and a fresh timestamp and signature each time, until the last one', async () => {
    const { secret } = await make('two');
    const id = await enqueue('two');
    answer = () => ({ status: 500, retryAfter: null });
    const times: number[] = [];
    for (let job = sent.at(-1); job !== undefined; job = sent.at(-1)) {
      sent = [];
      ms = (job.startAfter?.getTime() ?? start) - start;
      times.push(ms);
      await run(job.data);
    }
    assert.equal(times.length, 10);
    assert.deepEqual(times.slice(0, 4), [0, 10_000, 50_000, 210_000]);
    assert.ok((times.at(-1) ?? 0) > 20 * 3_600_000);
    const stored = await row(id);
    assert.deepEqual(
      [stored['status'], stored['error'], stored['attempts']],
      ['dead', 'http_status', 10],
    );
    assert.deepEqual(outcomes, [...Array(9).fill('retried'), 'dead']);
    assert.deepEqual([...new Set(asked.map(({ request }) => request.headers['webhook-id']))], [id]);
    for (const [at, { request }] of asked.entries()) {
      const { headers, body } = request;
      const when = new Date(start + (times[at] ?? 0));
      assert.equal(headers['webhook-timestamp'], String(when.getTime() / 1000));
      assert.equal(headers['webhook-signature'], new Webhook(secret).sign(id, when, body));
    }
  });

  it('waits as long as the receiver asks for', async () => {
    await make('three');
    const id = await enqueue('three');
    answer = () => ({ status: 429, retryAfter: '3600' });
    await run(sent.at(-1)?.data);
    assert.equal(sent.at(-1)?.startAfter?.getTime(), start + 3_600_000);
    assert.deepEqual(sent.at(-1)?.data, { delivery_id: id, tries: 2 });
  });

  it('ends with a word for what went wrong', async () => {
    await make('four');
    for (const failure of ['dns_failed', 'tls_failed', 'timeout', 'address_refused'] as const) {
      const id = await enqueue('four');
      answer = () => {
        throw new OutboundError(failure);
      };
      await run(sent.at(-1)?.data);
      const { status, error, attempts } = await row(id);
      const isAttempt = failure !== 'address_refused';
      assert.deepEqual([status, error, attempts], ['retrying', failure, isAttempt ? 1 : 0]);
    }
  });

  it('asks a host no more that failed five times, and others still', async () => {
    await make('five', 'https://away.example.com/');
    const ids: string[] = [];
    answer = () => ({ status: 503, retryAfter: null });
    for (let n = 0; n < 7; n += 1) {
      ids.push(await enqueue('five'));
      await run(sent.at(-1)?.data);
    }
    assert.equal(asked.length, 5);
    assert.deepEqual(outcomes.slice(5), ['postponed', 'postponed']);
    const { status, error, attempts } = await row(ids.at(-1) ?? '');
    assert.deepEqual([status, error, attempts], ['retrying', 'circuit_open', 0]);
    await make('six', 'https://here.example.com/');
    answer = () => ({ status: 200, retryAfter: null });
    await enqueue('six');
    await run(sent.at(-1)?.data);
    assert.equal(asked.length, 6);
    // After its time it is asked once, and all others again when it answers.
    ms = 60_000;
    for (const id of ids.slice(0, 2)) await run({ delivery_id: id, tries: 2 });
    assert.equal(asked.length, 8);
  });

  it('is none for what has ended, for what is gone, and for a webhook that is disabled meanwhile', async () => {
    const { id: webhook } = await make('seven');
    const id = await enqueue('seven');
    const job = sent.at(-1)?.data;
    await run(job);
    await run(job);
    assert.deepEqual([asked.length, (await row(id))['attempts']], [1, 1]);
    const second = await enqueue('seven', 'ada');
    await em().execute('delete from webhook_deliveries where id = ?', [second]);
    await run(sent.at(-1)?.data);
    assert.equal(asked.length, 1);
    const third = await enqueue('seven');
    const change = { enabled: false, rotation: undefined, at: now() };
    await write((tx) => updateWebhook(tx, 'seven', webhook, change));
    const { length } = sent;
    await run(sent.at(-1)?.data);
    assert.deepEqual([asked.length, sent.length], [1, length]);
    assert.equal((await row(third))['error'], 'webhook_disabled');
    await enqueue('seven');
    assert.equal(sent.length, length);
  });

  it('that a callback_url refuses for good ends alone, and by the URL of a webhook with that', async () => {
    const { id: webhook } = await make('gone');
    answer = () => ({ status: 410, retryAfter: null });
    const reason = async () => {
      const [found] = await em().execute<{ disabled_reason: string | null }[]>(
        'select disabled_reason from webhooks where id = ?',
        [webhook],
      );
      return found?.disabled_reason;
    };
    for (const [callback, expected] of [
      ['https://example.com/hook/one', null],
      [null, 'gone'],
    ] as const) {
      const id = await enqueue('gone', null, callback);
      await run(sent.at(-1)?.data);
      const { status, error } = await row(id);
      assert.deepEqual([status, error, await reason()], ['dead', 'gone', expected]);
    }
    assert.equal(asked[0]?.url, 'https://example.com/hook/one');
  });

  it('locks the webhook before its delivery, as who deletes it does', async () => {
    const { id: webhook } = await make('order');
    answer = () => ({ status: 410, retryAfter: null });
    const id = await enqueue('order');
    const ended = await write(async (tx) => {
      await tx.execute('select from webhooks where id = ? for update', [webhook]);
      const attempt = run(sent.at(-1)?.data);
      await until(async () => {
        const waiting = await em().execute<unknown[]>(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return waiting.length > 0;
      });
      // With the other order this would be a deadlock.
      await tx.execute('select from webhook_deliveries where id = ? for update nowait', [id]);
      return { attempt };
    });
    await ended.attempt;
    assert.equal((await row(id))['status'], 'dead');
  });

  it('is none for a callback_url that would be refused: that is not taken', async () => {
    await make('callback');
    const check = (url: string) => deliveries.checkCallback(em(), 'callback', url);
    await check('https://example.com/hook/one');
    for (const [url, message] of [
      ['https:\\\\example.com\\hook', 'must not contain spaces, control characters or backslashes'],
      ['https:/example.com/hook', 'must begin with https://'],
      ['https://example.com/hook#', 'must not have a fragment'],
      ['https://@example.com/hook', 'must not hold a user name or a password'],
    ] as const)
      await assert.rejects(
        check(url),
        (error) => error instanceof AppError && error.options.errors?.[0]?.message === message,
        url,
      );
  });

  it('is none for a key that was revoked, with whose end its webhooks end', async () => {
    await em().execute(
      `insert into api_keys (id, secret_hmac, last_four, name, role, created_by, created_at)
       values ('abcdefghijkl', '', '', 'x', 'assessor', 'user_1', ?)`,
      [now()],
    );
    const owner = 'key_abcdefghijkl';
    const { id: webhook } = await make(owner);
    const id = await enqueue(owner);
    await em().execute(`update api_keys set revoked_at = ? where id = 'abcdefghijkl'`, [now()]);
    await run(sent.at(-1)?.data);
    assert.deepEqual([asked.length, (await row(id))['error']], [0, 'webhook_disabled']);
    const { length } = sent;
    await enqueue(owner);
    assert.equal(sent.length, length);
    await em().execute(`delete from api_keys where id = 'abcdefghijkl'`);
    const left = await em().execute('select id from webhooks where id = ?', [webhook]);
    assert.deepEqual([left, await row(id)], [[], {}]);
  });

  it('is none for an account that may have no webhooks any more, nor for a key of it', async () => {
    const account = `user_${randomUUIDv7()}`;
    await em().execute(
      `insert into users (id, username, password_hash, role, token_version, disabled, created_at, updated_at)
       values (?, 'grace', '', 'assessor', 1, false, ?, ?)`,
      [account, now(), now()],
    );
    await em().execute(
      `insert into api_keys (id, secret_hmac, last_four, name, role, user_id, created_by, created_at)
       values ('mnopqrstuvwx', '', '', 'x', 'assessor', ?, ?, ?)`,
      [account, account, now()],
    );
    for (const owner of [account, 'key_mnopqrstuvwx']) {
      await make(owner);
      await em().execute(`update users set role = 'assessor' where id = ?`, [account]);
      const id = await enqueue(owner);
      await em().execute(`update users set role = 'viewer' where id = ?`, [account]);
      await run(sent.at(-1)?.data);
      assert.deepEqual([asked.length, (await row(id))['error']], [0, 'webhook_disabled'], owner);
      const { length } = sent;
      await enqueue(owner);
      assert.equal(sent.length, length, owner);
    }
    await em().execute('delete from users where id = ?', [account]);
  });

  it('uses a former secret for a day, and none that cannot be read', async () => {
    const { id: webhook, secret } = await make('eight');
    const rotation = {
      secret: secrets.seal(webhook, secrets.create()),
      previousUntil: new Date(start + 86_400_000),
    };
    await write((tx) =>
      updateWebhook(tx, null, webhook, { enabled: undefined, rotation, at: now() }),
    );
    const signatures = async () => {
      await enqueue('eight');
      await run(sent.at(-1)?.data);
      return String(asked.at(-1)?.request.headers['webhook-signature']).split(' ');
    };
    const [, former] = await signatures();
    const last = asked.at(-1)?.request;
    const id = String(last?.headers['webhook-id']);
    assert.equal(former, new Webhook(secret).sign(id, now(), last?.body ?? ''));
    ms = 86_400_000;
    assert.equal((await signatures()).length, 1);
    await em().execute(`update webhooks set secret = 'other.AAAA' where id = ?`, [webhook]);
    const unreadable = await enqueue('eight');
    await run(sent.at(-1)?.data);
    const { status, error } = await row(unreadable);
    assert.deepEqual([status, error], ['dead', 'secret_unreadable']);
  });

  it('that fails by our own fault again and again is given up where its owner sees it', async () => {
    await make('nine');
    const id = await enqueue('nine');
    const job = { data: { delivery_id: id, tries: 1 } } as never;
    await write(async (tx) => jobs().failed?.(tx, job, new Error('defect'), false));
    assert.equal((await row(id))['status'], 'queued');
    await write(async (tx) => jobs().failed?.(tx, job, new Error('defect'), true));
    assert.deepEqual(
      [(await row(id))['status'], (await row(id))['error']],
      ['dead', 'internal_error'],
    );
  });
});
