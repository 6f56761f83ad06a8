/** What becomes of deliveries and secrets that nobody asks for any more. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '#telemetry/logger.ts';
import { deriveKeys } from '#src/features/access/secrets.ts';
import { insertDelivery, takeOrphans } from '#src/features/webhooks/delivery-store.ts';
import { createDeliveries } from '#src/features/webhooks/deliveries.ts';
import { createUpkeep } from '#src/features/webhooks/upkeep.ts';
import { createWebhookSecrets } from '#src/features/webhooks/webhook-secret.ts';
import { deliveryQueue } from '#src/features/webhooks/webhook.ts';
import { insertWebhook, updateWebhook } from '#src/features/webhooks/webhook-store.ts';
import { PostgresError } from '#src/storage/postgres/errors.ts';
import { inTransaction, type Transaction } from '#src/storage/postgres/transaction.ts';
import { createQueue, type JobQueue } from '#src/storage/queue/queue.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

const HOUR_MS = 3_600_000;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const secretsOf = (current: string, previous: string | null = null) =>
  createWebhookSecrets({ keys: deriveKeys({ current, previous }), randomBytes });

describe('the upkeep of webhooks', () => {
  const database = testDatabase();
  const start = Date.parse('2026-11-30T12:00:00Z');
  const secrets = secretsOf('secret');
  let ms = 0;
  let queue: JobQueue;
  const now = () => new Date(start + ms);
  const em = () => database.db.em();
  const write = <T>(work: (tx: Transaction) => Promise<T>) => inTransaction(em(), work);
  const upkeepOf = (options: Partial<Parameters<typeof createUpkeep>[0]> = {}) =>
    createUpkeep({
      em,
      deliveries: createDeliveries({
        rules: { allowLoopback: false },
        queue,
        now,
        newId: randomUUIDv7,
      }),
      secrets,
      now,
      after: () => () => {},
      log: silent,
      ...options,
    });

  before(async () => {
    queue = createQueue({
      database: database.db,
      queues: [deliveryQueue],
      log: silent,
      wait: (pause, signal) => wait(pause, undefined, { signal }),
    });
    await queue.start(new AbortController().signal);
  });
  after(() => queue.close());
  beforeEach(() => {
    ms = 0;
  });
  afterEach(async () => {
    await em().execute('delete from webhooks');
    await em().execute('delete from pgboss.job');
  });

  const make = async () => {
    const id = `webhook_${randomUUIDv7()}`;
    const secret = secrets.create();
    const webhook = { id, owner: 'one', url: 'https://example.com/', at: now() };
    const sealed = secrets.seal(id, secret);
    await write((tx) => insertWebhook(tx, { ...webhook, secret: sealed }));
    return { id, secret };
  };
  const deliveryOf = async (webhookId: string, change: Record<string, unknown> = {}) => {
    const id = `msg_${randomUUIDv7()}`;
    const told = { event: 'batch.completed', callbackUrl: null, candidateId: null } as const;
    await write((tx) =>
      insertDelivery(tx, { id, webhookId, ...told, payload: '{}', at: new Date(start - HOUR_MS) }),
    );
    for (const [column, value] of Object.entries(change))
      await em().execute(`update webhook_deliveries set ${column} = ? where id = ?`, [value, id]);
    return id;
  };
  const stored = async <T extends object>(table: string, id: string) => {
    const [row] = await em().execute<T[]>(`select * from ${table} where id = ?`, [id]);
    return row;
  };
  interface StoredSecrets {
    secret: string;
    previous_secret: string | null;
    previous_until: string | null;
  }
  const webhook = async (id: string) => {
    const row = await stored<StoredSecrets>('webhooks', id);
    assert.ok(row);
    return row;
  };
  const jobs = async () => {
    const rows = await em().execute<{ data: Record<string, unknown> }[]>(
      `select data from pgboss.job where state < 'completed' order by data ->> 'delivery_id'`,
    );
    return rows.map(({ data }) => [data['delivery_id'], data['tries']]);
  };
  const send = (id: string, tries: number) =>
    write((tx) =>
      queue.send(tx, deliveryQueue.name, { data: { delivery_id: id, tries }, startAfter: now() }),
    );

  it('finds what is overdue by an index, whatever has ended', async () => {
    const { id } = await make();
    await em().execute(
      `insert into webhook_deliveries (id, webhook_id, event, payload, status, attempts, created_at, next_attempt_at)
       select 'msg_' || n, ?, 'batch.completed', '{}', case when n % 500 = 0 then 'queued' else 'dead' end, 0, now(), now()
       from generate_series(1, 10000) n`,
      [id],
    );
    await em().execute('analyze webhook_deliveries');
    const plans: unknown[] = [];
    const explain = async (text: string, values: unknown[]) => {
      plans.push(await em().execute(`explain (format json) ${text}`, values));
      return [];
    };
    const all = { before: now(), at: now(), most: 100 };
    assert.deepEqual(await takeOrphans({ execute: explain } as never, all), []);
    const plan = JSON.stringify(plans);
    assert.match(plan, /"Index Name":"webhook_deliveries_due_index"/);
    assert.doesNotMatch(plan, /"Seq Scan","[^{]*"Relation Name":"webhook_deliveries"/);
  });

  it('sends again what is long overdue and has no job that waits or runs', async () => {
    const { id } = await make();
    const lost = await deliveryOf(id, { status: 'retrying' });
    const ended = await deliveryOf(id);
    await send(ended, 2);
    // What pg-boss does after the last attempt without a sign of life.
    await em().execute(`update pgboss.job set state = 'failed'`);
    const live = await deliveryOf(id);
    await send(live, 3);
    for (const status of ['delivered', 'dead']) await deliveryOf(id, { status });
    await deliveryOf(id, { next_attempt_at: new Date(start - 60_000) });
    assert.equal(await upkeepOf().run(), HOUR_MS);
    const expected = [
      [lost, 1],
      [ended, 1],
      [live, 3],
    ].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    assert.deepEqual(await jobs(), expected);
    const row = await stored<{ next_attempt_at: string }>('webhook_deliveries', lost);
    assert.deepEqual(new Date(row?.next_attempt_at ?? ''), now());
    // Each once, also where two processes look at the same time.
    await em().execute('delete from pgboss.job');
    ms = 2 * HOUR_MS;
    await Promise.all([upkeepOf().run(), upkeepOf().run()]);
    assert.equal((await jobs()).length, 4);
  });

  it('sends a hundred in one go, and the rest a minute later', async () => {
    const { id } = await make();
    await em().execute(
      `insert into webhook_deliveries (id, webhook_id, event, payload, status, attempts, created_at, next_attempt_at)
       select 'msg_' || n, ?, 'batch.completed', '{}', 'queued', 0, ?, ? from generate_series(1, 101) n`,
      [id, new Date(start - HOUR_MS), new Date(start - HOUR_MS)],
    );
    assert.equal(await upkeepOf().run(), 60_000);
    assert.equal((await jobs()).length, 100);
    assert.equal(await upkeepOf().run(), HOUR_MS);
    assert.equal((await jobs()).length, 101);
  });

  it('forgets deliveries after 30 days', async () => {
    const { id } = await make();
    const ofDay = (days: number) =>
      deliveryOf(id, { created_at: new Date(start - days * 24 * HOUR_MS) });
    const [old, young] = [await ofDay(31), await ofDay(29)];
    await upkeepOf().run();
    assert.equal(await stored('webhook_deliveries', old), undefined);
    assert.ok(await stored('webhook_deliveries', young));
  });

  it('forgets a former secret once it no longer signs', async () => {
    const { id } = await make();
    const previousUntil = new Date(start + HOUR_MS);
    const rotation = { secret: secrets.seal(id, secrets.create()), previousUntil };
    const change = { enabled: undefined, rotation, at: now() };
    await write((tx) => updateWebhook(tx, 'one', id, change));
    ms = HOUR_MS - 1;
    await upkeepOf().run();
    assert.notEqual((await webhook(id)).previous_secret, null);
    ms = HOUR_MS;
    await upkeepOf().run();
    assert.deepEqual(await webhook(id), {
      ...(await webhook(id)),
      secret: rotation.secret,
      previous_secret: null,
      previous_until: null,
    });
  });

  it('encrypts secrets anew under the current key, once, and leaves those that nobody can read', async () => {
    const { id, secret } = await make();
    const changed = upkeepOf({ secrets: secretsOf('another', 'secret') });
    const { id: unreadable } = await make();
    await em().execute(`update webhooks set secret = 'other.AAAA' where id = ?`, [unreadable]);
    const version = async (of: string) => {
      const [row] = await em().execute<{ xmin: string }[]>(
        'select xmin::text from webhooks where id = ?',
        [of],
      );
      return row?.xmin;
    };
    const before = await version(unreadable);
    await changed.run();
    const { secret: sealed } = await webhook(id);
    assert.equal(secretsOf('another').open(id, sealed), secret);
    await changed.run();
    assert.equal((await webhook(id)).secret, sealed);
    assert.equal(await version(unreadable), before);
  });

  it('is silent about a database that is away, and looks again in a minute', async () => {
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    for (const [error, warnings] of [
      [new PostgresError(away), []],
      [new Error('a defect'), ['webhook.upkeep_failed']],
    ] as const) {
      const waits: number[] = [];
      const warned: unknown[] = [];
      const upkeep = upkeepOf({
        em: () => {
          throw error;
        },
        after(pause) {
          waits.push(pause);
          return () => {};
        },
        log: { ...silent, warn: (_text, fields) => warned.push(fields?.['event.name']) },
      });
      upkeep.start();
      await until(() => waits.length === 1);
      assert.deepEqual([waits, warned], [[60_000], warnings]);
      await upkeep.close();
    }
  });

  it('is waited for when it is closed', async () => {
    let runs = 0;
    const upkeep = upkeepOf({
      after: () => assert.fail('it is closed'),
      em() {
        runs += 1;
        return em();
      },
    });
    upkeep.start();
    await upkeep.close();
    const asked = runs;
    assert.ok(asked > 1, 'the round was not waited for');
    upkeep.start();
    assert.equal(runs, asked);
  });
});
