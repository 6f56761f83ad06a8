/** What is compared over time: only what was scored alike. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { PathName } from '#src/engine/contract.ts';
import {
  isSameScale,
  rubricOf,
  rulerOf,
  sharesIn,
  sharesOf,
  sharesText,
  versionsBefore,
} from '#src/features/assessments/comparable.ts';
import { changesOf } from '#src/features/assessments/history.ts';
import { candidateAssessments } from '#src/features/assessments/candidate-assessments.ts';
import { publishedRubric } from '#test/support/engine.ts';
import { testDatabase } from '#test/support/database.ts';
import { testService } from '#test/support/service.ts';

describe('what an assessment was scored by', () => {
  const asked = (paths: PathName[], weights?: Partial<Record<PathName, number>>) => ({
    paths_to_evaluate: paths,
    options: weights === undefined ? {} : { weights },
  });
  const scale = (paths: PathName[], weights?: Partial<Record<PathName, number>>) =>
    sharesText(sharesOf(asked(paths, weights), publishedRubric().data.paths));

  it('is the rubric and the major of the engine: a minor moves no score', () => {
    const ruler = (engine_version: string, rubric_version = '2026-12') =>
      rulerOf({ engine_version, rubric_version });
    assert.equal(ruler('2.1.0'), ruler('2.9.3'));
    assert.notEqual(ruler('2.1.0'), ruler('3.0.0'));
    assert.notEqual(ruler('2.1.0'), ruler('2.1.0', '2027-03'));
  });

  it('is the share of each path, whatever numbers say it and in whatever order', () => {
    const equal = scale(['technical', 'design']);
    assert.equal(equal, 'design=5000 technical=5000');
    assert.equal(scale(['design', 'technical'], { technical: 3, design: 3 }), equal);
    assert.notEqual(scale(['technical', 'design'], { technical: 3 }), equal);
    assert.notEqual(scale(['technical']), equal);
    assert.notEqual(scale(['technical', 'design', 'communication']), equal);
    assert.equal(scale(['technical', 'design'], { communication: 9 }), equal);
    assert.equal(scale(['technical', 'design'], { technical: 0, design: 0 }), null);
  });

  it('is told as it was stored', () => {
    const shares = sharesOf(
      asked(['technical', 'design', 'communication']),
      publishedRubric().data.paths,
    );
    assert.deepEqual(shares, { communication: 0.3333, design: 0.3333, technical: 0.3333 });
    assert.deepEqual(sharesIn(sharesText(shares)), shares);
    assert.deepEqual([sharesText(null), sharesIn(null)], [null, null]);
    const judged = { engine_version: '3.1.0', rubric_version: '2026-12' };
    assert.deepEqual([rubricOf(rulerOf(judged)), rubricOf(null)], ['2026-12', null]);
  });

  const measure = (id: string, changes: object = {}) => ({
    id,
    ruler: '2 2026-12',
    weights: 'technical=10000',
    origin: id,
    challenge: 'shop',
    ...changes,
  });

  it('leaves of the versions before those of the challenge by the same ruler, each as judged last', () => {
    const own = measure('d');
    const all = [
      measure('f'),
      measure('e', { origin: 'b' }),
      own,
      measure('c', { ruler: '1 2026-12' }),
      measure('b'),
      measure('a2', { challenge: null }),
      measure('a1', { challenge: 'other' }),
      measure('a', { weights: 'design=10000' }),
    ];
    assert.deepEqual(
      versionsBefore(own, all, 9).map(({ id }) => id),
      ['a', 'e'],
    );
    assert.deepEqual(
      versionsBefore(own, all, 1).map(({ id }) => id),
      ['e'],
    );
    assert.deepEqual(versionsBefore(measure('z', { challenge: null }), all, 9), []);
    assert.ok(!isSameScale(own, measure('a', { weights: 'design=10000' })));
  });
});

describe('a change of a path', () => {
  const scored = (
    overall_score: number | null,
    interval?: [number, number],
    deviation?: number,
  ) => ({
    path_scores: [
      {
        path: 'design' as const,
        overall_score,
        ...(interval === undefined ? {} : { interval }),
        ...(deviation === undefined ? {} : { deviation }),
      },
    ] as never,
  });
  const between = (...[then, now]: Parameters<typeof changesOf>) => changesOf(then, now)[0];

  it('is significant when the ranges are apart, and not when they touch', () => {
    const apart = between(scored(50, [45, 55]), scored(62, [56, 66]));
    assert.deepEqual(apart, { path: 'design', from: 50, to: 62, delta: 12, significant: true });
    assert.equal(between(scored(62, [56, 66]), scored(50, [45, 55]))?.significant, true);
    assert.equal(between(scored(50, [45, 55]), scored(60, [55, 65]))?.significant, false);
  });

  it('is significant beyond 1.64 deviations of the difference', () => {
    const wide: [number, number] = [0, 100];
    assert.equal(between(scored(50, wide, 3), scored(58.2, wide, 4))?.significant, false);
    assert.equal(between(scored(50, wide, 3), scored(58.3, wide, 4))?.significant, true);
    assert.equal(between(scored(58.3, wide, 4), scored(50, wide, 3))?.significant, true);
    assert.equal(between(scored(10), scored(90))?.significant, false, 'nobody knows');
  });

  it('is of two scores', () => {
    assert.deepEqual(changesOf(undefined, scored(50)), []);
    assert.deepEqual(changesOf(scored(null), scored(50)), []);
    assert.deepEqual(changesOf(scored(50), scored(null)), []);
  });
});

describe('the trend of a candidate', () => {
  const database = testDatabase();
  interface Row {
    overall: number;
    weights?: string;
    ruler?: string;
    origin?: string;
  }
  const store = async (rows: Row[]) => {
    const em = database.db.em();
    await em.execute('delete from candidates');
    await em.execute(`insert into candidates values ('c', '{}', now())`);
    for (const [
      i,
      { overall, weights = 'w', ruler = '2 2026-12', origin = null },
    ] of rows.entries()) {
      const id = `assess_${i}`;
      await em.execute(
        `insert into assessments (id, candidate_id, submission_type, overall_score, input_sha256, created_at, input, result, weights, ruler, origin)
         values (?, 'c', 'code', ?, 'x', now(), '{}', '{}', ?, ?, ?)`,
        [id, overall, weights, ruler, origin],
      );
      await em.execute('insert into assessment_path_scores values (?, ?, ?, 1)', [
        id,
        'design',
        overall,
      ]);
    }
    const overall = await candidateAssessments.stats(em, 'c', {});
    const design = await candidateAssessments.stats(em, 'c', { path: 'design' });
    return { overall, design };
  };

  it('is not bent by other weights, though paths are compared under any', async () => {
    const rows = [50, 52, 54].map((overall) => ({ overall }));
    const { overall, design } = await store([
      ...rows,
      { overall: 10, weights: 'other' },
      { overall: 56 },
    ]);
    assert.deepEqual(overall.trend, { direction: 'improving', slope: 2, points: 4 });
    assert.deepEqual([overall.total, overall.scored, overall.worst], [5, 5, 10]);
    assert.equal(design.trend.points, 5);
  });

  it('begins anew where the engine or the rubric moved the scores', async () => {
    const old = [80, 80, 80].map((overall) => ({ overall, ruler: '1 2026-12' }));
    const two = await store([...old, { overall: 40 }, { overall: 41 }]);
    for (const { trend } of [two.overall, two.design]) {
      assert.deepEqual(trend, { direction: null, slope: null, points: 2 });
    }
    const three = await store([...old, { overall: 40 }, { overall: 40 }, { overall: 40 }]);
    assert.deepEqual(three.overall.trend, { direction: 'stable', slope: 0, points: 3 });
  });

  it('has a submission once that was judged twice, in the place where it was handed in', async () => {
    const { overall } = await store([
      { overall: 50 },
      { overall: 60 },
      { overall: 70 },
      { overall: 52, origin: 'assess_0' },
    ]);
    assert.deepEqual(overall.trend, { direction: 'improving', slope: 9, points: 3 });
  });
});

describe('GET /api/v1/assessments/:id/dashboard?include_history=true', () => {
  const service = testService();
  const shop = JSON.parse(readFileSync('test/fixtures/versions/shop.json', 'utf8')) as {
    files: { path: string; content: string[] }[];
  }[];
  const submit = async (version: number, options: object = { challenge: 'shop' }) => {
    const files = (shop[version] ?? assert.fail()).files.map(({ path, content }) => ({
      path,
      content: content.join('\n'),
    }));
    const body = { candidate_id: 'ada', submission_type: 'project', content: { files }, options };
    const { status, json, text } = await service.post('/api/v1/assessments', body);
    assert.equal(status, 201, text);
    return json.assessment_id as string;
  };
  const dashboard = async (id: string, query = '?include_history=true') => {
    const { status, json, text } = await service.get(`/api/v1/assessments/${id}/dashboard${query}`);
    assert.equal(status, 200, text);
    return json;
  };

  it('shows what became of the findings, the changes, and a trend of what may be compared', async () => {
    const first = await submit(0);
    const alone = await dashboard(first);
    assert.deepEqual(alone.history, { compared_with: null, changes: [], findings: null });
    assert.equal(alone.trend.length, 1);
    const second = await submit(1);
    const weighted = await submit(1, { challenge: 'shop', weights: { technical: 9 } });
    const elsewhere = await submit(1, { challenge: 'other' });
    const third = await submit(2);
    const { history, trend } = await dashboard(third);
    assert.equal(history.compared_with, weighted);
    const { fixed, persisting, new: fresh } = history.findings;
    const rules = ({ items }: { items: { rule: string }[] }) => items.map(({ rule }) => rule);
    assert.ok(rules(fixed).includes('shell-command'));
    assert.ok(rules(persisting).includes('string-append-in-loop'));
    assert.ok(rules(fresh).includes('dynamic-code'));
    assert.deepEqual([fixed.count, fixed.items[0].since], [fixed.items.length, first]);
    assert.deepEqual(
      trend.map((point: { assessment_id: string; comparable: boolean }) => [
        point.assessment_id,
        point.comparable,
      ]),
      [
        [first, true],
        [second, true],
        [weighted, false],
        [elsewhere, true],
        [third, true],
      ],
    );
    const bent = trend[2];
    assert.equal(bent.overall_score, null);
    assert.equal(typeof bent.paths.technical, 'number');
    for (const { from, to, delta, significant } of history.changes) {
      assert.equal(delta, Math.round((to - from) * 10) / 10);
      assert.equal(typeof significant, 'boolean');
    }
    assert.ok(history.changes.length > 0);
    const plain = await dashboard(third, '');
    assert.deepEqual([plain.trend, plain.history], [null, null]);
  });

  it('compares a submission that is judged again with the one before it, not with itself', async () => {
    const { json: list } = await service.get(
      '/api/v1/assessments?candidate_id=ada&challenge=shop&sort=timestamp',
    );
    const [first, second] = list.items as { assessment_id: string }[];
    const again = await service.post(
      `/api/v1/assessments/${second?.assessment_id}/reassess`,
      undefined,
    );
    assert.equal(again.status, 201, again.text);
    const { history } = await dashboard(again.json.assessment_id);
    assert.equal(history.compared_with, first?.assessment_id);
    const kinds = [history.findings.fixed.count, history.findings.new.count];
    assert.deepEqual(kinds, [7, 3]);
  });
});
