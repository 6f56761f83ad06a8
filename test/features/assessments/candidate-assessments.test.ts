import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathNames } from '#src/engine/contract.ts';
import { candidateAssessments } from '#src/features/assessments/candidate-assessments.ts';
import { PERSONAL, resultKey } from '#src/features/assessments/assessment-cache.ts';
import { personalAssessments } from '#src/features/assessments/personal-assessments.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import { testDatabase } from '#test/support/database.ts';

const score = fc.option(fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10));
const assessment = fc.record({
  overall: score,
  design: score,
  day: fc.integer({ min: 1, max: 28 }),
  /** Stored by a release that kept no scores of paths beside the overall one. */
  isOlder: fc.boolean(),
  /** On the path. */
  isEvaluated: fc.boolean(),
  ruler: fc.constantFrom('r1', 'r2'),
  weights: fc.constantFrom('w', null),
  /** Of the one so many before it: it was judged again. */
  again: fc.option(fc.integer({ min: 1, max: 3 })),
});
type Assessment = typeof assessment extends fc.Arbitrary<infer T> ? T : never;

interface Scored {
  score: number | null;
  ruler: string;
  weights: string | null;
  /** Place of the one that it is a version of. */
  origin: number;
}

const originOf = (list: readonly Assessment[], place: number): number => {
  const again = list[place]?.again ?? null;
  return again === null || again > place ? place : originOf(list, place - again);
};

/** The newest version of each that may be compared with the latest, in the order in which they were handed in. */
function comparable(all: readonly Scored[]): number[] {
  const scored = all.filter(({ score }) => score !== null);
  const last = scored.at(-1);
  const byOrigin = new Map<number, number>();
  for (const { score, ruler, weights, origin } of scored) {
    if (ruler === last?.ruler && weights === last.weights) byOrigin.set(origin, Number(score));
  }
  return [...byOrigin].sort(([a], [b]) => a - b).map(([, score]) => score);
}

function slopeOf(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 3) return null;
  const middle = (n + 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const along = values.map((value, i) => (i + 1 - middle) * (value - mean));
  const squares = values.map((_, i) => (i + 1 - middle) ** 2);
  return along.reduce((a, b) => a + b, 0) / squares.reduce((a, b) => a + b, 0);
}

/** By hand: the same numbers without SQL. */
function expected(all: readonly Scored[]) {
  const scored = all.map(({ score }) => score).filter((value) => value !== null);
  const sorted = scored.toSorted((a, b) => a - b);
  const n = scored.length;
  const quantile = (q: number) => {
    const at = (n - 1) * q;
    const low = sorted[Math.floor(at)] ?? 0;
    return low + ((sorted[Math.ceil(at)] ?? 0) - low) * (at % 1);
  };
  const mean = scored.reduce((sum, value) => sum + value, 0) / n;
  const squares = scored.map((value) => (value - mean) ** 2).reduce((a, b) => a + b, 0);
  const history = comparable(all);
  return {
    total: all.length,
    scored: n,
    mean: n === 0 ? null : mean,
    median: n === 0 ? null : quantile(0.5),
    p90: n === 0 ? null : quantile(0.9),
    best: sorted.at(-1) ?? null,
    worst: sorted[0] ?? null,
    latest: scored.at(-1) ?? null,
    standard_deviation: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    points: history.length,
    slope: slopeOf(history),
  };
}

describe('what cached results of a person are known by', () => {
  const database = testDatabase();

  it('is the key of each, and what those of everybody are known by where they are many', async () => {
    const em = database.db.em();
    await em.execute(`insert into candidates values ('few', '{}', now()), ('many', '{}', now())`);
    await em.execute(
      `insert into assessments (id, candidate_id, submission_type, input_sha256, created_at, input, result)
       select case n when 0 then 'assess_x' else 'assess_' || n end, case n when 0 then 'few' else 'many' end, 'code', 'x', now(), '{}', '{}'
       from generate_series(0, 501) n`,
    );
    const copies = (id: string) =>
      inTransaction(em, async (tx) => personalAssessments.copies?.(tx, id));
    assert.deepEqual(await copies('few'), { keys: [resultKey('assess_x')] });
    assert.deepEqual(await copies('many'), { tags: [PERSONAL] });
    assert.deepEqual(await copies('nobody'), { keys: [] });
  });
});

describe('the statistics of a candidate', () => {
  const database = testDatabase();

  async function store(list: Assessment[]): Promise<void> {
    const em = database.db.em();
    await em.execute('delete from candidates');
    await em.execute(`insert into candidates values ('c', '{}', now())`);
    const idOf = (n: number) => `assess_${String(n).padStart(4, '0')}`;
    for (const [i, one] of list.entries()) {
      const { overall, design, day, isOlder, isEvaluated, ruler, weights } = one;
      const id = idOf(i);
      const origin = originOf(list, i);
      await em.execute(
        `insert into assessments (id, candidate_id, submission_type, overall_score, path_scores, ruler, weights, origin, input_sha256, created_at, input, result)
         values (?, 'c', 'code', ?, case when ? then null else array[null, ?, null, null, null]::float8[] end, ?, ?, ?, 'x', ?, '{}', '{}')`,
        [
          id,
          overall,
          isOlder,
          isEvaluated ? design : null,
          ruler,
          weights,
          origin === i ? null : idOf(origin),
          new Date(Date.UTC(2026, 0, day, 12)),
        ],
      );
      if (!isEvaluated) continue;
      await em.execute('insert into assessment_path_scores values (?, ?, ?, 1)', [
        id,
        'design',
        design,
      ]);
    }
  }

  function agrees(actual: Record<string, unknown>, wanted: Record<string, number | null>): void {
    for (const [name, value] of Object.entries(wanted)) {
      const found = actual[name];
      if (value === null || typeof found !== 'number') assert.equal(found, value, name);
      else assert.ok(Math.abs(found - value) <= 0.0051, `${name}: ${found}, by hand ${value}`);
    }
  }

  it('agree with a computation by hand, for any scores, over all and over one path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(assessment, { maxLength: 12 }), async (list) => {
        await store(list);
        const em = database.db.em();
        const overall = await candidateAssessments.stats(em, 'c', {});
        const scored = list.map((one, i) => ({ ...one, origin: originOf(list, i) }));
        const wanted = expected(scored.map((one) => ({ ...one, score: one.overall })));
        agrees({ ...overall, ...overall.trend }, wanted);
        const design = await candidateAssessments.stats(em, 'c', { path: 'design' });
        const evaluated = scored.filter((one) => one.isEvaluated);
        const byHand = expected(
          evaluated.map((one) => ({ ...one, weights: null, score: one.design })),
        );
        agrees({ ...design, ...design.trend }, byHand);
        agrees(overall.path_averages, { design: byHand.mean });
        assert.deepEqual(Object.keys(overall.path_averages), [...pathNames]);
      }),
      { numRuns: 100 },
    );
  });

  it('take in both borders of the range', async () => {
    await store(
      [1, 2, 3].map((day) => ({
        overall: day * 10,
        design: null,
        day,
        isOlder: false,
        isEvaluated: true,
        ruler: 'r1',
        weights: null,
        again: null,
      })),
    );
    const noon = (day: number) => new Date(Date.UTC(2026, 0, day, 12));
    const em = database.db.em();
    const stats = await candidateAssessments.stats(em, 'c', { from: noon(2), to: noon(3) });
    assert.deepEqual([stats.worst, stats.best], [20, 30]);
    const before = new Date(noon(3).getTime() - 1);
    assert.equal((await candidateAssessments.stats(em, 'c', { to: before })).total, 2);
  });
});
