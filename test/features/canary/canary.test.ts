/** A canary over a class of 200: the real statements, and the real engine on programs that are parsed once. */
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { assess, engineVersion } from '#src/engine/assess.ts';
import { pathNames, type AssessmentInput } from '#src/engine/contract.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { versionOf, type RubricChanges } from '#src/engine/rubric-changes.ts';
import { createOwnRubrics } from '#src/engine/own-rubrics.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import type { EngineTask } from '#src/engine/worker.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { insertAssessment } from '#src/features/assessments/assessment-store.ts';
import { upheldEvidence } from '#src/features/appeals/judge-appeals.ts';
import { canaryReport } from '#src/features/canary/canary-report.ts';
import { beginCanary, findScores } from '#src/features/canary/canary-store.ts';
import { canaryDefinition } from '#src/features/canary/run-canary.ts';
import { createRubrics } from '#src/features/rubrics/known-rubrics.ts';
import { findRubric, insertRubric } from '#src/features/rubrics/rubric-store.ts';
import { inTransaction } from '#src/storage/postgres/transaction.ts';
import type { RunningJob } from '#src/storage/queue/definition.ts';
import { testDatabase } from '#test/support/database.ts';
import { publishedRubric, realFacts } from '#test/support/engine.ts';

const CLASS = 200;
/** Of the newest, where fewer show it. */
const SOME = 40;

/** Parts of which each program has some: what one of them does to a score is the same in all. */
const parts = [
  [
    'sums.py',
    'def total(items):\n    if not items:\n        return 0\n    result = 0\n    for item in items:\n        result += item\n    return result\n',
  ],
  [
    'tests/test_sums.py',
    'from sums import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\ndef test_nothing():\n    assert total([]) == 0\n',
  ],
  [
    'files.py',
    'def read(path):\n    try:\n        return open(path).read()\n    except:\n        pass\n',
  ],
  [
    'nested.py',
    'def deep(a, b, c):\n    for x in a:\n        for y in b:\n            if x > y:\n                for z in c:\n                    if z == x or z == y:\n                        print(x, y, z)\n    return None\n',
  ],
  [
    'shapes.py',
    'class Square:\n    """A square."""\n\n    def __init__(self, side: float) -> None:\n        self.side = side\n\n    def area(self) -> float:\n        """Side times side."""\n        return self.side * self.side\n\n    def border(self) -> float:\n        return 4 * self.side\n',
  ],
  [
    'README.md',
    '# Sums\n\nAdds up the numbers of a list, since the built-in function refuses `None`.\n\n## Usage\n\n```python\nfrom sums import total\ntotal([1, 2])\n```\n\n## Tests\n\nRun `pytest` in the root of the project to see that `total` adds up.\n',
  ],
  ['names.py', 'def f(a, b):\n    q = a\n    w = b\n    e = q * w\n    return e - 1\n'],
  [
    'guards.py',
    'def share(part, whole):\n    if whole == 0:\n        raise ValueError("nothing to share")\n    if part < 0:\n        raise ValueError("negative part")\n    return part / whole\n',
  ],
] as const;

/** The first part, and of the others those whose bit is set. */
const programOf = (index: number) =>
  parts
    .filter((_, bit) => bit === 0 || (index & (1 << (bit - 1))) !== 0)
    .map(([path, content]) => ({ path, content }));

describe('a canary over a class of 200', () => {
  const database = testDatabase();
  const em = () => database.db.em();
  const base = publishedRubric();
  const rubrics = createRubrics();
  const ownOf = createOwnRubrics(9);
  let judge: (task: Pick<EngineTask, 'input' | 'rubric'>) => EngineResult;
  let runs = 0;

  const inputOf = (index: number): AssessmentInput => ({
    candidate_id: `student-${String(index).padStart(3, '0')}`,
    submission_type: 'project',
    content: { files: programOf(index % 128) },
    paths_to_evaluate: [...pathNames],
    // Some are asked with weights of their own: those count, not the draft's.
    options: { challenge: 'sums', ...(index % 50 === 7 ? { weights: { design: 3 } } : {}) },
  });
  const idOf = (index: number) =>
    `assess_01999999-9999-7999-9999-${String(index).padStart(12, '0')}`;

  before(async () => {
    const facts = await realFacts();
    const known = new Map<string, FileFacts>();
    const extract = ({ path, content }: { path: string; content: string }) => {
      const found = known.get(path) ?? facts(path, content);
      known.set(path, found);
      return found;
    };
    judge = ({ input, rubric }) => {
      const by = typeof rubric === 'object' ? ownOf(rubric) : base;
      return assess(input, { extract, rubric: by ?? assert.fail(), grammarsHash: 'real' }).result;
    };
    await inTransaction(em(), async (tx) => {
      for (let index = 0; index < CLASS; index += 1) {
        const input = inputOf(index);
        const result: AssessmentResult = {
          assessment_id: idOf(index),
          candidate_id: input.candidate_id,
          submission_type: input.submission_type,
          challenge: 'sums',
          timestamp: '2026-11-29T12:00:00.000Z',
          ...judge({ input }),
          processing_time_ms: 1,
          metadata: { cached: false },
        };
        await insertAssessment(tx, input, result);
      }
    });
  });

  const draft = async (changes: RubricChanges, most = 500) => {
    const asked = { base: '2026-12', challenge: 'sums', changes };
    const version = versionOf(asked);
    const job = randomUUIDv7();
    await inTransaction(em(), async (tx) => {
      const made = { ...asked, version, title: 'A draft', by: 'ada', at: new Date() };
      if ((await findRubric(tx, version)) === undefined) await insertRubric(tx, made);
      await beginCanary(tx, {
        version,
        challenge: 'sums',
        job,
        against: '2026-12',
        engineVersion,
        most,
        at: new Date(),
      });
    });
    return { version, job };
  };
  const work = async (job: string, signal = new AbortController().signal) => {
    const definition = canaryDefinition({
      engine: {
        version: engineVersion,
        run: (task) => {
          runs += 1;
          return Promise.resolve({
            result: judge(task),
            sketch: { level: 0, hashes: [] },
            stages: [],
          });
        },
      },
      rubrics,
      upheldEvidence,
      em,
      now: () => new Date(),
    });
    const running = { id: job, complete: () => Promise.resolve() } as Partial<RunningJob>;
    await definition.work(running as RunningJob, signal);
  };
  const reportOf = async (version: string) => {
    const row = (await findRubric(em(), version)) ?? assert.fail();
    const { rubric } = rubrics.known(row) ?? assert.fail();
    const scales = { before: base.data.letters, after: rubric.data.letters };
    return canaryReport(await findScores(em(), version), scales, CLASS);
  };
  const changes: RubricChanges = {
    criteria: { technical: { tests: 60 } },
    letters: { A: 62, B: 58, C: 50, D: 45, minimum_confidence: 0 },
  };

  let first: Awaited<ReturnType<typeof draft>>;

  it('scores by stored results what the engine would give, without asking it', async () => {
    first = await draft(changes);
    const { version, job } = first;
    runs = 0;
    await work(job);
    assert.equal(runs, 0);
    const report = await reportOf(version);
    assert.deepEqual(report.corpus, {
      candidates: CLASS,
      scored: CLASS,
      by_stored_results: CLASS,
      by_engine: 0,
    });
    const rows = await findScores(em(), version);
    for (const index of [0, 1, 7, 57, 127, 199]) {
      const { scores } = rows[index] ?? assert.fail();
      const rubric = { base: '2026-12', challenge: 'sums', changes, version };
      const { overall_score, path_scores } = judge({ input: inputOf(index), rubric });
      assert.equal(scores.after.overall, overall_score);
      assert.deepEqual(
        scores.after.paths.map(({ score }) => score),
        path_scores.map((path) => path.overall_score),
      );
    }
  });

  it('tells a teacher who moves, who overtakes whom, and whose letter changes', async () => {
    const report = await reportOf(first.version);
    const { moves, order, letters } = report;
    assert.equal(moves.up + moves.down + moves.unchanged + moves.unscored, CLASS);
    assert.ok(moves.up > 0 && moves.down > 0, JSON.stringify(moves));
    assert.ok(order.clearly_flipped > 0 && order.clearly_flipped < order.flipped);
    assert.equal(letters.before.find(({ letter }) => letter === null)?.count, CLASS);
    assert.equal(
      letters.after.reduce((sum, { count }) => sum + count, 0),
      CLASS,
    );
    const [moved, ...rest] = report.summary;
    assert.match(
      moved ?? '',
      /^Of all 200 candidates, \d+ would score higher \(by up to [\d.]+\) and \d+ would score lower \(by up to [\d.]+\)/,
    );
    assert.match(rest.join('\n'), /of all pairs of candidates change their order .* clearly/);
    assert.match(rest.join('\n'), /\d+ of 200 letters change \(none to [A-F]: \d+/);
    assert.match(rest.join('\n'), /No appeal .* was decided/);
    assert.equal(report.movers.length, 20);
    for (const { score, rank, paths } of report.movers) {
      assert.ok(Math.abs(score.to - score.from - score.delta) < 0.051);
      assert.ok(rank.from >= 1 && rank.to <= CLASS);
      assert.deepEqual(
        paths.map(({ path }) => path),
        ['technical'],
      );
    }
  });

  it('judges what stored results do not tell, and goes on where an attempt ended', async () => {
    const { version, job } = await draft({ thresholds: { guards_minimum_wanted: 1 } }, SOME);
    runs = 0;
    const end = new AbortController();
    const stopping = work(job, {
      throwIfAborted() {
        if (runs >= 15) end.abort(new Error('the process ends'));
        end.signal.throwIfAborted();
      },
    } as AbortSignal);
    await assert.rejects(stopping, /the process ends/);
    const half = (await findRubric(em(), version)) ?? assert.fail();
    assert.deepEqual([half.canary_done, half.canary_total], [15, SOME]);
    assert.equal(half.canary_finished_at, null);
    await work(job);
    assert.equal(runs, SOME, 'each once');
    const done = (await findRubric(em(), version)) ?? assert.fail();
    assert.notEqual(done.canary_finished_at, null);
    const { corpus, moves } = await reportOf(version);
    assert.deepEqual([corpus.by_engine, corpus.by_stored_results], [SOME, 0]);
    assert.ok(moves.up + moves.down > 0);
    await work(job);
    assert.equal(runs, SOME, 'one that has ended is not worked for again');
  });

  it('tells where agreement with people is lost: overturned evidence would be worth more', async () => {
    const decide = (index: number, evidenceId: string, status: string) =>
      em().execute(
        `insert into assessment_appeals
           (id, assessment_id, candidate_id, evidence_id, reason, status, filed_by, filed_at, decided_by)
         values (?, ?, ?, ?, 'It may.', ?, 'ada', now(), ?)`,
        [
          `appeal_${randomUUIDv7()}`,
          idOf(index),
          inputOf(index).candidate_id,
          evidenceId,
          status,
          status === 'open' ? null : 'bob',
        ],
      );
    const evidenceOf = (index: number, criterion: string) =>
      judge({ input: inputOf(index) })
        .path_scores.flatMap(({ metrics }) => metrics)
        .filter(({ name }) => name === criterion)
        .flatMap(({ evidence }) => evidence)
        .filter(({ points }) => points < 0)
        .flatMap(({ id }) => id ?? []);
    // More than one assessment may have: a submission is judged, and appealed, again.
    for (let n = 0; n < 60; n += 1) await decide(182, `item ${n}`, 'rejected');
    // `files.py` swallows exceptions: people said that it may.
    for (const index of [182, 183, 186]) {
      for (const id of evidenceOf(index, 'correctness')) await decide(index, id, 'upheld');
    }
    // The score that people left is the engine's.
    await decide(189, 'item', 'rejected');
    await decide(190, 'item', 'open');
    const { version, job } = await draft({ criteria: { technical: { correctness: 60 } } }, SOME);
    await work(job);
    const { people, summary } = await reportOf(version);
    assert.deepEqual([people.decided, people.closer, people.farther], [4, 0, 3]);
    assert.ok((people.mean_distance.after ?? 0) > (people.mean_distance.before ?? 0));
    for (const { score, human } of people.lost)
      assert.ok(human.to - score.to > human.from - score.from);
    assert.match(summary.at(-1) ?? '', /^In 4 submissions .* agreement with people is lost in 3/);
    const less = await draft({ criteria: { technical: { correctness: 1 } } }, SOME);
    await work(less.job);
    const other = await reportOf(less.version);
    assert.deepEqual([other.people.closer, other.people.farther], [3, 0]);
  });

  it('says that nothing changes where a draft changes nothing', async () => {
    const { version, job } = await draft({}, SOME);
    await work(job);
    const { moves, letters, summary } = await reportOf(version);
    assert.deepEqual([moves.up, moves.down, letters.changed], [0, 0, 0]);
    assert.deepEqual(summary.slice(0, 3), [
      'Of 40 candidates, the newest of 200, nobody’s score moves.',
      'Nobody overtakes anybody.',
      'No letter changes.',
    ]);
  });
});
