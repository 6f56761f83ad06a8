/** What Superset may read: the views of the schema analytics, in which nobody is named, and nothing else. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { Client } from 'pg';
import { loadConfig } from '#src/config.ts';
import { checkSuperset } from '#src/doctor/superset.ts';
import { pathNames, type AssessmentInput } from '#src/engine/contract.ts';
import { loadRubric, rubricVersions, type Letters } from '#src/engine/rubric.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { insertAssessment } from '#src/features/assessments/assessment-store.ts';
import { letterOf } from '#src/features/assessments/letter.ts';
import { entities } from '#src/features/entities.ts';
import { createDatabase, type Database } from '#src/storage/postgres/database.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import { makeTestDir } from '#test/support/database.ts';
import { engineOnFacts, publishedRubric } from '#test/support/engine.ts';
import { fileFacts, functionFacts, smellFacts } from '#test/support/facts.ts';
import { ownSystemPostgres } from '#test/support/system-postgres.ts';

const PASSWORD = "it's a password";
const views = [
  'appeals',
  'assessments',
  'criteria',
  'jobs_per_day',
  'letter_scales',
  'path_scores',
];

/** What somebody wrote or is known by: none of it may come out of a view. */
const told = (what: string) => `told-${what}@example.com`;
const candidates = ['ada', 'ben', 'cyd'].map(told);
const OWN_RUBRIC = 'ch-1a2b3c4d5e6f';
const DAY = '2026-11-20';

const judged = engineOnFacts([
  fileFacts({
    path: `src/${told('file')}.py`,
    nloc: 200,
    functions: Array.from({ length: 10 }, (_, n) =>
      functionFacts({ name: `work${n}`, startLine: 20 * n + 1 }),
    ),
    smells: [smellFacts({ severity: 5 })],
  }),
])({ text: told('text') });

function assessment(candidate: string, changes: Partial<AssessmentResult> = {}) {
  const input = {
    candidate_id: candidate,
    submission_type: 'code',
    content: { text: told('content') },
    paths_to_evaluate: [...pathNames],
    options: {},
  } satisfies AssessmentInput;
  const result = {
    ...judged,
    assessment_id: `assess_${randomUUID()}`,
    candidate_id: candidate,
    submission_type: 'code' as const,
    challenge: 'sorting',
    labels: [told('label')],
    summary: told('summary'),
    timestamp: `${DAY}T23:59:59.000Z`,
    processing_time_ms: 1,
    metadata: {},
    ...changes,
  } satisfies AssessmentResult;
  return { input, result };
}

describe('analytics', () => {
  const cleanup = new AsyncDisposableStack();
  let ownerUrl: string;
  let owner: Database;
  let analyst: Client;
  const rowsOf = async <T extends object>(sql: string, values: unknown[] = []) =>
    (await analyst.query<T>(sql, values)).rows;
  const run = async (url: string, ...statements: string[]) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const store = (...all: ReturnType<typeof assessment>[]) =>
    inTransaction(owner.em(), async (tx) => {
      for (const { input, result } of all) await insertAssessment(tx, input, result);
    });

  before(async function () {
    // The first run on a machine may have to fetch the server.
    this.timeout(300_000);
    const dir = makeTestDir();
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
    const { url } = await ownSystemPostgres(cleanup, dir);
    // As where somebody else runs the server: no superuser is needed, and who owns the tables makes no roles.
    await run(
      url,
      'create role administrator login createrole',
      'create role sono_eval login',
      'create database sono_eval owner sono_eval',
    );
    const as = (user: string) =>
      url.replace('//postgres@', `//${user}@`).replace(/\w+$/, 'sono_eval');
    ownerUrl = as('sono_eval');
    await runMigrations(ownerUrl);
    const role = readFileSync('deploy/superset/analytics-role.sql', 'utf8');
    const grants = readFileSync('deploy/superset/analytics-grants.sql', 'utf8');
    const password = `set analytics.password = '${PASSWORD.replaceAll("'", "''")}'`;
    // Again as well: after a restore, or with another password.
    for (let times = 0; times < 2; times += 1) {
      await run(as('administrator'), password, role);
      await run(ownerUrl, grants);
    }
    owner = await createDatabase({ url: ownerUrl, entities, maxConnections: 2 });
    cleanup.defer(() => owner.close());
    const first = assessment(told('ada'));
    const again = { reassessment_of: first.result.assessment_id };
    await store(
      first,
      assessment(told('ada'), again),
      ...candidates.slice(1).map((id) => assessment(id)),
    );
    const em = owner.em();
    await em.execute(
      `update candidates set display_name = ?, initial_data = json_build_object('note', ?::text)`,
      [told('name'), told('note')],
    );
    await em.execute(
      `insert into assessment_appeals (id, assessment_id, candidate_id, evidence_id, reason, status, filed_by, filed_at)
       select 'appeal_' || ?, id, candidate_id, ?, ?, 'open', ?, ? from assessments where id = ?`,
      [
        randomUUID(),
        told('evidence'),
        told('reason'),
        told('filer'),
        `${DAY}T10:00:00Z`,
        first.result.assessment_id,
      ],
    );
    for (const [seconds, status] of [
      [10, 'completed'],
      [30, 'completed'],
      [null, 'cancelled'],
    ] as const) {
      await em.execute(
        `insert into assessment_jobs (id, owner, candidate_id, assessment_id, queue, status, is_sent, is_dead, priority,
           attempts, progress, revision, created_at, started_at, finished_at)
         values (?, ?, ?, ?, 'assess', ?, true, false, 0, 1, 100, 1, ?::timestamptz,
           ?::timestamptz + ?::float8 * interval '1 second', ?::timestamptz + interval '1 minute')`,
        [
          `job_${randomUUID().slice(0, 30)}`,
          told('owner'),
          told('ada'),
          'assess_x',
          status,
          `${DAY}T00:00:00Z`,
          `${DAY}T00:00:00Z`,
          seconds,
          `${DAY}T00:00:00Z`,
        ],
      );
    }
    await em.execute(
      `insert into rubrics (version, base, challenge, title, changes, created_by, created_at)
       values (?, ?, 'sorting', ?, '{"letters":{"A":90,"B":80,"C":70,"D":60}}', ?, now())`,
      [OWN_RUBRIC, rubricVersions[0], told('title'), told('maker')],
    );
    analyst = new Client({ connectionString: as('sono_analytics') });
    await analyst.connect();
    cleanup.defer(() => analyst.end());
  });
  after(() => cleanup.disposeAsync());

  it('are read by a user with bounds, who reads every view', async () => {
    const shown = async (name: string) =>
      (await rowsOf<Record<string, string>>(`show ${name}`))[0]?.[name];
    assert.equal(await shown('statement_timeout'), '30s');
    assert.equal(await shown('default_transaction_read_only'), 'on');
    const [role] = await rowsOf(
      `select rolconnlimit, rolsuper or rolcreatedb or rolcreaterole or rolbypassrls as more
       from pg_roles where rolname = current_user`,
    );
    assert.deepEqual(role, { rolconnlimit: 10, more: false });
    const all = await rowsOf<{ name: string }>(
      `select viewname as name from pg_views where schemaname = 'analytics' order by 1`,
    );
    assert.deepEqual(
      all.map(({ name }) => name),
      views,
    );
    for (const name of views)
      assert.notEqual((await rowsOf(`select from analytics.${name}`)).length, 0);
  });

  it('are all that it reads, and nothing is written', async () => {
    const others = await rowsOf<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
       where nspname !~ '^pg_' and nspname not in ('information_schema', 'analytics') and relkind in ('r', 'p', 'v', 'm', 'f', 'S')`,
    );
    assert.ok(others.length > 30 && others.some(({ name }) => name === 'public.analytics_salt'));
    const denied = (sql: string) =>
      assert.rejects(analyst.query(sql), { code: '42501' }, `not refused: ${sql}`);
    for (const { name } of others) await denied(`select from ${name}`);
    await analyst.query('set default_transaction_read_only = off');
    for (const name of views) {
      // Of a view of several tables it is said before rights are asked for.
      await assert.rejects(analyst.query(`delete from analytics.${name}`), { code: /42501|55000/ });
      await assert.rejects(analyst.query(`truncate analytics.${name}`), { code: /42501|42809/ });
    }
    await denied('create table analytics.mine ()');
    await denied('create table public.mine ()');
    await denied('create schema mine');
    await denied(`select pg_read_file('PG_VERSION')`);
  });

  it('are looked at by the doctor: whether they are readable, and nothing else is', async () => {
    const found = async () =>
      (
        await checkSuperset(
          loadConfig({ DATABASE_URL: ownerUrl, SUPERSET_HOST: 'http://127.0.0.1:9' }),
        )
      )
        .map(([, { status, detail }]) => `${status}: ${detail}`)
        .at(-1);
    assert.equal(
      await found(),
      'pass: sono_analytics reads the views of analytics, and nothing else.',
    );
    const em = owner.em();
    await em.execute('grant select (id) on candidates to sono_analytics');
    assert.match((await found()) ?? '', /^fail: .* reaches 1 table/);
    await em.execute('revoke select (id) on candidates from sono_analytics');
    await em.execute('revoke select on analytics.appeals from sono_analytics');
    assert.match((await found()) ?? '', /^warn: .* cannot read 1 view/);
    await em.execute('grant select on analytics.appeals to sono_analytics');
  });

  it('name nobody and nothing that somebody wrote, in no column of no view', async () => {
    const ids = await owner
      .em()
      .execute<{ id: string }[]>(
        `select id from assessments union all select id from assessment_appeals union all select id from assessment_jobs`,
      );
    assert.ok(ids.length >= 8);
    for (const name of views) {
      const text = (
        await rowsOf<{ text: string }>(`select v::text as text from analytics.${name} v`)
      )
        .map((row) => row.text)
        .join('\n');
      assert.ok(text.length > 10);
      assert.doesNotMatch(text, /told|example\.com|assess_|appeal_|job_/, name);
      for (const { id } of ids) assert.ok(!text.includes(id.replace(/^[a-z]+_/, '')), name);
      assert.doesNotMatch(text, /\d\d:\d\d/, `${name} has no time but the day`);
    }
  });

  it('call a person the same everywhere, by what nobody finds who tries names', async () => {
    const [salt] = await owner.em().execute<{ salt: string }[]>('select salt from analytics_salt');
    const pseudonym = (id: string) =>
      createHash('sha256').update(`${salt?.salt}${id}`).digest('hex').slice(0, 16);
    assert.match(salt?.salt ?? '', /^[0-9a-f]{64}$/);
    for (const [view, names] of [
      ['assessments', candidates],
      ['path_scores', candidates],
      ['criteria', candidates],
      ['appeals', [told('ada')]],
    ] as const) {
      const found = await rowsOf<{ candidate: string }>(
        `select distinct candidate from analytics.${view} order by 1`,
      );
      assert.deepEqual(
        found.map(({ candidate }) => candidate),
        names.map(pseudonym).toSorted(),
      );
    }
  });

  it('have the scores as they are stored, and how much evidence a criterion has', async () => {
    const row = {
      challenge: 'sorting',
      rubric_version: judged.rubric_version,
      engine_major: judged.engine_version.split('.')[0],
    };
    const assessments = await rowsOf(
      `select day::text, challenge, rubric_version, engine_major, submission_type, judged_again, overall_score,
         confidence, letter from analytics.assessments order by judged_again`,
    );
    const expected = {
      day: DAY,
      ...row,
      submission_type: 'code',
      judged_again: false,
      overall_score: judged.overall_score,
      confidence: judged.confidence,
      letter: letterOf(judged, publishedRubric().data.letters),
    };
    assert.deepEqual(assessments, [
      ...candidates.map(() => expected),
      { ...expected, judged_again: true },
    ]);
    const paths = await rowsOf(
      'select path, score, confidence, count(*)::int as n from analytics.path_scores group by 1, 2, 3 order by 1',
    );
    assert.deepEqual(
      paths,
      judged.path_scores
        .map(({ path, overall_score: score, confidence }) => ({ path, score, confidence, n: 4 }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    );
    const criteria = await rowsOf(
      `select path, criterion, score, confidence, evidence::int, evidence_for::int, evidence_against::int, count(*)::int as n
       from analytics.criteria group by 1, 2, 3, 4, 5, 6, 7 order by path collate "C", criterion collate "C"`,
    );
    const counted = judged.path_scores.flatMap(({ path, metrics }) =>
      metrics.map(({ name, score, confidence, evidence }) => ({
        path,
        criterion: name,
        score,
        confidence,
        evidence: evidence.length,
        evidence_for: evidence.filter(({ points }) => points > 0).length,
        evidence_against: evidence.filter(({ points }) => points < 0).length,
        n: 4,
      })),
    );
    assert.ok(counted.some(({ evidence_against: n }) => n > 0));
    const key = ({ path, criterion }: { path: string; criterion: string }) =>
      `${path} ${criterion}`;
    assert.deepEqual(
      criteria,
      counted.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
    );
  });

  it('have appeals, and of jobs how many there were a day, how long they waited and ran', async () => {
    assert.deepEqual(
      await rowsOf(
        'select day::text, assessed_on::text, status, decided_on, challenge from analytics.appeals',
      ),
      [{ day: DAY, assessed_on: DAY, status: 'open', decided_on: null, challenge: 'sorting' }],
    );
    const jobs = await rowsOf(
      `select day::text, queue, status, jobs::int, attempts::int, wait_seconds, run_seconds
       from analytics.jobs_per_day order by status`,
    );
    const each = { day: DAY, queue: 'assess' };
    assert.deepEqual(jobs, [
      { ...each, status: 'cancelled', jobs: 1, attempts: 1, wait_seconds: 0, run_seconds: 0 },
      { ...each, status: 'completed', jobs: 2, attempts: 2, wait_seconds: 40, run_seconds: 80 },
    ]);
  });

  it('give the letter that reports give, by the rubric of the service or of a challenge', async () => {
    const scales = await rowsOf<Record<string, string | number>>(
      `select rubric_version, a as "A", b as "B", c as "C", d as "D", minimum_confidence from analytics.letter_scales`,
    );
    const known = new Map(
      scales.map(({ rubric_version: version, minimum_confidence, ...bounds }) => [
        String(version),
        { bounds, minimum_confidence } as Letters,
      ]),
    );
    for (const version of rubricVersions) {
      const { bounds, minimum_confidence } = loadRubric(version)?.data.letters ?? assert.fail();
      // A rubric that is new, or has other letters, comes with a migration that replaces the view letter_scales.
      assert.deepEqual(known.get(version), { bounds, minimum_confidence }, version);
    }
    assert.equal(known.get(OWN_RUBRIC)?.bounds.A, 90);
    const bounds = [...known.values()].flatMap((each) => Object.values(each.bounds));
    const score = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc
        .tuple(fc.constantFrom(...bounds), fc.constantFrom(-0.05, -0.04, 0, 0.1))
        .map(([a, b]) => a + b),
    );
    const results = fc.sample(
      fc.record({
        overall_score: fc.option(score),
        confidence: fc.constantFrom(0, 0.499, 0.5, 1),
        rubric_version: fc.constantFrom(...known.keys()),
        path_scores: fc.array(fc.option(score), { minLength: 1, maxLength: pathNames.length }),
      }),
      300,
    );
    const all = results.map(({ path_scores: scores, ...rest }) =>
      assessment(told('dee'), {
        ...rest,
        labels: [],
        path_scores: scores.map((overall_score, n) => ({
          ...(judged.path_scores[n] ?? assert.fail()),
          overall_score,
          metrics: [],
        })),
      }),
    );
    await store(...all);
    const stored = await owner.em().execute<{ id: string; salted: string }[]>(
      `select id, left(encode(sha256(convert_to((select salt from analytics_salt) || id, 'UTF8')), 'hex'), 16) as salted
       from assessments where candidate_id = ?`,
      [told('dee')],
    );
    const salted = new Map(stored.map((row) => [row.id, row.salted]));
    const letters = new Map(
      (
        await rowsOf<{ assessment: string; letter: string | null }>(
          'select assessment, letter from analytics.assessments',
        )
      ).map((row) => [row.assessment, row.letter]),
    );
    const seen = new Set<string | null>();
    for (const { result } of all) {
      const scale = known.get(result.rubric_version) ?? assert.fail();
      const letter = letterOf(result, scale);
      seen.add(letter);
      assert.equal(
        letters.get(salted.get(result.assessment_id) ?? ''),
        letter,
        JSON.stringify(result),
      );
    }
    assert.equal(seen.size, 6);
  });

  it('lose who is erased', async () => {
    const count = async () =>
      (await rowsOf<{ n: number }>('select count(*)::int as n from analytics.criteria'))[0]?.n ?? 0;
    const before = await count();
    await owner.em().execute('delete from candidates where id = ?', [told('ada')]);
    assert.equal(await count(), before / 2);
    assert.deepEqual(await rowsOf('select from analytics.appeals'), []);
  });
});
