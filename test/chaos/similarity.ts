/**
 * How long it takes to find who else has handed in the like, among a thousand, ten thousand and a hundred thousand
 * submissions to one challenge: `node --import ./telemetry/start.ts test/chaos/similarity.ts`. Prints a line
 * for the promise that it does not grow with them, and ends with 1 when that is broken.
 *
 * Of the 200 fingerprints of each, 120 are its own, 40 are the task's, and 40 are of a stock of 5,000 that any may use.
 */
import { entities } from '#src/features/entities.ts';
import { findSimilar, findSketch } from '#src/features/assessments/similarity/sketch-store.ts';
import { createDatabase } from '#src/storage/postgres/database.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { openPromises } from './promises.ts';
import { ownDatabase } from '#test/support/own-service.ts';

const SIZES = [1000, 10_000, 100_000];
const ASKED = 40;
const MOST_TIMES = 3;

const cleanup = new AsyncDisposableStack();
const { url } = await ownDatabase(cleanup);
await runMigrations(url);
const db = await createDatabase({ url, entities, statementTimeoutMs: 0 });
cleanup.defer(() => db.close());

const idOf = (n: number) => `assess_${String(n).padStart(36, '0')}`;

async function grow(from: number, to: number): Promise<void> {
  await db.em().transactional(async (em) => {
    // The rows are sound: to have each checked and put in its place takes longer than to write them all.
    await em.execute(`alter table assessment_fingerprints
      drop constraint if exists assessment_fingerprints_sketch_id_foreign,
      drop constraint assessment_fingerprints_pkey`);
    await em.execute('drop index assessment_fingerprints_sketch_id_hash_index');
    await em.execute('select setseed(0.5)');
    await em.execute(
      `insert into candidates (id, initial_data, created_at)
       select 'c-' || n, '{}', now() from generate_series(?::int, ?::int) n`,
      [from + 1, to],
    );
    await em.execute(
      `insert into assessments (id, candidate_id, submission_type, challenge, input_sha256, created_at, input, result)
       select 'assess_' || lpad(n::text, 36, '0'), 'c-' || n, 'code', 'task', repeat('0', 64), now(), '{}', '{}'
       from generate_series(?::int, ?::int) n`,
      [from + 1, to],
    );
    await em.execute(
      `insert into assessment_sketches (assessment_id, candidate_id, challenge, level, size)
       select 'assess_' || lpad(n::text, 36, '0'), 'c-' || n, 'task', 0, 200
       from generate_series(?::int, ?::int) n order by n`,
      [from + 1, to],
    );
    await em.execute(
      `insert into assessment_fingerprints (challenge_key, hash, sketch_id)
       select hashtextextended('task', 0), hash, s.id
       from assessment_sketches s cross join lateral (
         select (random() * 4294967295)::bigint as hash from generate_series(1, 120) k where s.id > 0
         union select k from generate_series(1, 40) k
         union select 1000 + (random() * 5000)::bigint from generate_series(1, 40) k where s.id > 0) own
       where s.id > ?::bigint`,
      [from],
    );
    await em.execute(
      'alter table assessment_fingerprints add primary key (challenge_key, hash, sketch_id)',
    );
    await em.execute(
      'create index assessment_fingerprints_sketch_id_hash_index on assessment_fingerprints (sketch_id, hash)',
    );
  });
  await db.em().execute('vacuum analyze assessment_fingerprints');
  await db.em().execute('vacuum analyze assessment_sketches');
}

async function middleOf(count: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < ASKED; n += 1) {
    const id = idOf(1 + Math.floor((count / ASKED) * n));
    const begun = performance.now();
    const em = db.em();
    const sketch = await findSketch(em, id);
    if (sketch === undefined) throw new Error(`${id} has no sketch.`);
    await findSimilar(em, sketch, 20);
    times.push(performance.now() - begun);
  }
  return times.toSorted((a, b) => a - b)[ASKED / 2] ?? 0;
}

const middles: number[] = [];
try {
  let count = 0;
  for (const size of SIZES) {
    await grow(count, size);
    count = size;
    const middle = await middleOf(size);
    middles.push(middle);
    process.stdout.write(`${String(size).padStart(8)} submissions: ${middle.toFixed(1)} ms\n`);
  }
} finally {
  await cleanup.disposeAsync();
}
const times = (middles.at(-1) ?? 0) / (middles[0] ?? 1);
const { report, broken } = openPromises(58);
report(
  `a hundred times as many: at most ${MOST_TIMES} times as long`,
  times <= MOST_TIMES,
  times.toFixed(1),
);
process.exitCode = broken();
