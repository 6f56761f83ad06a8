/** Persons are erased when the time to keep them is over, and nobody else is. */
import assert from 'node:assert/strict';
import { candidateAssessments } from '#src/features/assessments/candidate-assessments.ts';
import { personalData } from '#src/compose/personal-data.ts';
import {
  createEraseCandidate,
  type EraseCandidate,
} from '#src/features/candidates/erase-candidate.ts';
import { createRetention } from '#src/features/candidates/retention.ts';
import { CircuitOpenError, DependencyError } from '#src/errors.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { eraseElsewhere } from '#src/resilience/cache/erasures.ts';
import { startSession, type DatabaseSession } from '#src/storage/postgres/session.ts';
import { testDatabase } from '#test/support/database.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

const NOW = new Date('2030-06-01T00:00:00Z');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS);

describe('retention', () => {
  const database = testDatabase();
  const sessions: DatabaseSession[] = [];
  before(() => {
    for (const name of ['one', 'two'])
      sessions.push(startSession(database.url, `retention ${name}`));
  });
  after(() => Promise.all(sessions.map((session) => session.close())));

  const sql = <T extends object>(query: string, parameters: unknown[] = []) =>
    database.db.em().execute<T[]>(query, parameters);
  const person = (id: string, createdAt: Date) =>
    sql(`insert into candidates (id, initial_data, created_at) values (?, '{}', ?)`, [
      id,
      createdAt,
    ]);
  let assessments = 0;
  const assessed = (id: string, createdAt: Date) =>
    sql(
      `insert into assessments (id, candidate_id, submission_type, input_sha256, created_at, input, result)
       values (?, ?, 'code', repeat('0', 64), ?, '{}', '{}')`,
      [`assess_${(assessments += 1)}`, id, createdAt],
    );
  const left = async () =>
    (await sql<{ id: string }>('select id from candidates order by id')).map(({ id }) => id);
  beforeEach(async () => {
    await sql('delete from candidates');
    await sql('delete from candidate_tombstones');
  });

  const handles = createHandles('retention');
  const logged: { message: string; fields: Record<string, unknown> }[] = [];
  const write = (message: string, fields: Record<string, unknown>) =>
    void logged.push({ message, fields });
  const log = { info: write, warn: write, error: write } as never;
  let ids = 0;
  const erase = createEraseCandidate({
    personalData,
    erasures: eraseElsewhere(() => NOW),
    handles,
    audit: () => Promise.resolve(),
    now: () => NOW,
    newId: () => `01a22519-b16e-72ea-8469-${String((ids += 1)).padStart(12, '0')}`,
    log,
  });

  /** With a clock of its own: `run` is what it waits for, begun at once and awaited to its end. */
  function retention(options: { session?: number; erase?: EraseCandidate } = {}) {
    const waits: { ms: number; run: () => void; cancelled: boolean }[] = [];
    const session = sessions[options.session ?? 0];
    assert.ok(session !== undefined);
    const made = createRetention({
      days: 30,
      em: () => database.db.em(),
      session,
      assessments: candidateAssessments,
      erase: options.erase ?? erase,
      handles,
      clock: {
        now: () => NOW,
        after(ms, run) {
          const wait = { ms, run, cancelled: false };
          waits.push(wait);
          return () => {
            wait.cancelled = true;
          };
        },
      },
      log,
    });
    const nextIn = async () => {
      const known = waits.length;
      (waits.at(-1)?.run ?? made.start)();
      await until(() => waits.length > known);
      return waits.at(-1)?.ms;
    };
    return { ...made, waits, nextIn };
  }

  it('goes by the newest trace of a person', async () => {
    await person('never_assessed', daysAgo(31));
    await person('long_ago', daysAgo(300));
    await assessed('long_ago', daysAgo(40));
    await assessed('long_ago', daysAgo(31));
    await person('lately', daysAgo(300));
    await assessed('lately', daysAgo(29));
    await assessed('lately', daysAgo(200));
    await person('new', daysAgo(29));
    const job = retention();
    assert.equal(await job.nextIn(), HOUR_MS);
    assert.deepEqual(await left(), ['lately', 'new']);
    assert.equal(job.overdue(), 0);
    const tombstones = await sql(
      'select handle, reason, request_id, erased from candidate_tombstones order by id',
    );
    const of = (id: string, count: number) => ({
      handle: handles.of('candidate', id),
      reason: 'retention',
      request_id: null,
      erased: {
        candidates: 1,
        assessments: count,
        files: 0,
        idempotency_keys: 0,
        assessment_appeals: 0,
        assessment_jobs: 0,
        memory_nodes: 0,
        webhook_deliveries: 0,
        webhooks: 0,
        api_keys: 0,
        users: 0,
      },
    });
    assert.deepEqual(tombstones, [of('long_ago', 2), of('never_assessed', 0)]);
    await job.close();
  });

  it('finds everybody, page by page', async () => {
    await sql(
      `insert into candidates (id, initial_data, created_at)
       select 'p' || n, '{}', ?::timestamptz - (n % 7) * interval '1 day' from generate_series(1, 450) n`,
      [daysAgo(60)],
    );
    await assessed('p250', daysAgo(1));
    let most = 0;
    const job = retention({
      async erase(em, id) {
        most = Math.max(most, job.overdue());
        await em.execute('delete from candidates where id = ?', [id]);
        return undefined;
      },
    });
    assert.equal(await job.nextIn(), HOUR_MS);
    assert.deepEqual(await left(), ['p250']);
    assert.deepEqual([most, job.overdue()], [449, 0]);
    await job.close();
  });

  it('keeps a person who is assessed, and passes by one who is erased, after being found', async () => {
    await person('seen', daysAgo(90));
    await person('erased', daysAgo(60));
    await person('over', daysAgo(50));
    const job = retention({
      async erase(em, id, request) {
        if (id === 'seen') await assessed('seen', daysAgo(0));
        if (id === 'erased') await sql('delete from candidates where id = ?', [id]);
        return erase(em, id, request);
      },
    });
    assert.equal(await job.nextIn(), HOUR_MS);
    assert.deepEqual(await left(), ['seen']);
    assert.equal(job.overdue(), 0);
    await job.close();
  });

  it('goes on after a person who cannot be erased, and shows who is left until it can', async () => {
    for (const id of ['first', 'stuck', 'third']) await person(id, daysAgo(90));
    let failures = 2;
    const job = retention({
      erase(em, id, request) {
        if (id === 'stuck' && (failures -= 1) >= 0) {
          const kind = failures === 1 ? 'timeout' : 'rejected';
          throw new DependencyError('postgresql', kind, 'No.');
        }
        return erase(em, id, request);
      },
    });
    for (const round of [1, 2]) {
      logged.length = 0;
      assert.equal(await job.nextIn(), HOUR_MS, `round ${round}`);
      assert.deepEqual([await left(), job.overdue()], [['stuck'], 1]);
      const failed = logged.filter(
        ({ fields }) => fields['event.name'] === 'candidate.retention_failed',
      );
      assert.deepEqual(
        failed.map(({ fields }) => fields['candidate.handle']),
        [handles.of('candidate', 'stuck')],
      );
    }
    await job.nextIn();
    assert.deepEqual([await left(), job.overdue()], [[], 0]);
    await job.close();
  });

  it('waits a minute for a database that is away', async () => {
    for (const id of ['one', 'two']) await person(id, daysAgo(90));
    for (const error of [
      new DependencyError('postgresql', 'unavailable', 'Away.'),
      new CircuitOpenError('postgres_service', 'postgresql', 1),
    ]) {
      let asked = 0;
      const job = retention({
        async erase() {
          asked += 1;
          throw error;
        },
      });
      assert.equal(await job.nextIn(), 60_000);
      assert.deepEqual([asked, job.overdue()], [1, 2]);
      await job.close();
    }
  });

  it('works in one process at a time, and ends with the person in hand when it is closed', async () => {
    for (const id of ['one', 'two', 'three']) await person(id, daysAgo(90));
    const entered = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const first = retention({
      async erase(em, id, request) {
        entered.resolve();
        await go.promise;
        return erase(em, id, request);
      },
    });
    first.start();
    await entered.promise;
    const second = retention({
      session: 1,
      erase: () => assert.fail('Two at a time.'),
    });
    assert.equal(await second.nextIn(), 60_000);
    assert.deepEqual([first.overdue(), second.overdue()], [3, 0]);

    let isClosed = false;
    const closing = first.close().then(() => {
      isClosed = true;
    });
    await sql('select 1');
    assert.equal(isClosed, false);
    go.resolve();
    await closing;
    assert.equal((await left()).length, 2);
    assert.deepEqual(first.waits, []);
    await second.close();
    assert.equal(second.waits[0]?.cancelled, true);
    // What was closed has given its lock back.
    const third = retention({ session: 1 });
    assert.equal(await third.nextIn(), HOUR_MS);
    assert.deepEqual(await left(), []);
    await third.close();
  });

  it('begins when the service has started', async () => {
    await person('over', new Date(Date.now() - 31 * DAY_MS));
    await person('kept', new Date(Date.now() - 29 * DAY_MS));
    const process = await startServiceProcess({
      DATABASE_URL: database.url,
      CANDIDATE_RETENTION_DAYS: '30',
    });
    try {
      await until(async () => {
        assert.deepEqual(await left(), ['kept']);
        const text = await (await fetch(`http://${process.metricsTarget}/metrics`)).text();
        assert.match(text, /^candidates_erased_total\{reason="retention"\} 1$/m);
        assert.match(text, /^candidates_erased_total\{reason="request"\} 0$/m);
        assert.match(text, /^candidates_retention_overdue 0$/m);
      });
    } finally {
      await process.stop();
    }
  });
});
