/** A challenge's own rubric from the draft over its canary to those whom it judges, and judges again. */
import assert from 'node:assert/strict';
import { engineVersion } from '#src/engine/assess.ts';
import type { CanaryReport } from '#src/features/canary/canary-schemas.ts';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';

const SECRET_KEY = 'the secret of these tests, which is long enough';
const adding = {
  path: 'a.py',
  content:
    'def add(a, b):\n    if a is None:\n        return b\n    return a + b\n\n\ndef mul(a, b):\n    total = 0\n    for _ in range(b):\n        total += a\n    return total\n',
};
const untested = [adding];
const tested = [
  adding,
  {
    path: 'test_a.py',
    content:
      'from a import add, mul\n\n\ndef test_add():\n    assert add(1, 2) == 3\n\n\ndef test_none():\n    assert add(None, 2) == 2\n\n\ndef test_mul():\n    assert mul(3, 4) == 12\n',
  },
];
const changes = { criteria: { technical: { tests: 60 } } };
const draft = (challenge: string, more: object = {}) => ({
  challenge,
  title: 'Tests count most',
  changes,
  ...more,
});

describe('the rubric of a challenge', () => {
  const service = testService({ AUTH_REQUIRED: 'true', SECRET_KEY });
  const keys: Record<string, string> = {};
  const keyIds: Record<string, string> = {};
  const as = (who: string) => ({ 'X-API-Key': keys[who] ?? assert.fail(who) });
  const post = (path: string, body: unknown, who = 'assessor', headers = {}) =>
    service.post(`/api/v1${path}`, body, { ...as(who), ...headers });
  const get = (path: string, who = 'assessor') => service.get(`/api/v1${path}`, as(who));
  const ok = (answer: Answer, status = 200): Answer['json'] => {
    assert.equal(answer.status, status, answer.text);
    return answer.json;
  };
  const assess = async (candidate_id: string, files: object[], options: object) =>
    ok(await post('/assessments', { candidate_id, content: { files }, options }), 201);
  const ended = async (path: string, isOver: (json: Answer['json']) => boolean) => {
    let json: Answer['json'];
    await until(async () => {
      json = ok(await get(path));
      return isOver(json);
    });
    return json;
  };
  const drafted = async (challenge: string, more: object = {}): Promise<string> =>
    ok(await post('/rubrics', draft(challenge, more)), 201).version;
  const canary = async (version: string): Promise<CanaryReport> => {
    ok(await post(`/rubrics/${version}/canary`, {}), 202);
    return ended(`/rubrics/${version}/canary`, ({ canary: { finished_at: at } }) => at !== null);
  };
  const publish = (version: string, who = 'admin', headers = {}) =>
    post(`/rubrics/${version}/publish`, undefined, who, headers);

  before(async () => {
    keys['admin'] = service.adminKey;
    for (const role of ['viewer', 'assessor']) {
      const made = ok(await post('/api-keys', { name: role, role }, 'admin'), 201);
      keys[role] = made.key;
      keyIds[role] = made.key_id;
    }
    await assess('ada', tested, { challenge: 'sorting' });
    await assess('bob', untested, { challenge: 'sorting' });
    const candidate = { name: 'ada', role: 'candidate', candidate_id: 'ada' };
    keys['ada'] = ok(await post('/api-keys', candidate, 'admin'), 201).key;
  });

  it('is drafted once, and refused where it says what no rubric may', async () => {
    const { status, json, headers } = await post('/rubrics', draft('drafts'));
    assert.equal(status, 201);
    assert.equal(headers.get('Location'), `/api/v1/rubrics/${json.version}`);
    assert.deepEqual(
      [json.base, json.challenge, json.status, json.in_force, json.canary, json.changes],
      ['2026-12', 'drafts', 'draft', false, null, changes],
    );
    const technical = json.paths.find(({ path }: { path: string }) => path === 'technical');
    const tests = technical.criteria.find(({ name }: { name: string }) => name === 'tests');
    assert.equal(tests.weight, 60);
    assert.equal((await get(`/rubrics/${json.version}`, 'viewer')).json.version, json.version);
    const again = await post('/rubrics', draft('drafts', { title: 'Another title' }));
    assert.deepEqual([again.status, again.json.error_code], [409, 'DUPLICATE_RESOURCE']);
    const bad = { paths: { technical: { weight: -1 } }, thresholds: { resamples: 3 } };
    const refused = await post('/rubrics', draft('drafts', { changes: bad }));
    assert.deepEqual(
      [refused.status, refused.json.errors.map((fault: { pointer: string }) => fault.pointer)],
      [422, ['/changes/paths/technical/weight', '/changes/thresholds/resamples']],
    );
  });

  it('is listed before those of the service, page by page, and hidden from candidates while it is a draft', async () => {
    const version = await drafted('listed');
    const { items } = ok(await get('/rubrics?challenge=listed'));
    assert.deepEqual(
      items.map((item: { version: string }) => item.version),
      [version],
    );
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = ok(await get(`/rubrics?limit=1${at}`, 'viewer'));
      seen.push(...page.items.map((item: { version: string }) => item.version));
      cursor = page.next_cursor;
    }
    assert.deepEqual(
      seen,
      ok(await get('/rubrics')).items.map((item: { version: string }) => item.version),
    );
    assert.deepEqual([seen[0], seen.at(-1)], [version, '2026-12']);
    assert.equal((await get(`/rubrics/${version}`, 'ada')).status, 404);
    assert.equal(ok(await get('/rubrics/2026-12', 'ada')).in_force, true);
    assert.equal((await get('/rubrics/2026-12.000000000000')).status, 404);
    const forged = Buffer.from('AAAAAAAA.nothing').toString('base64url');
    assert.equal((await get(`/rubrics?cursor=${forged}`)).status, 422);
  });

  it('judges nobody before its canary, and then everybody of its challenge who names no other', async () => {
    const version = await drafted('sorting');
    const early = await publish(version);
    assert.deepEqual(
      [early.status, early.json.detail],
      [409, 'It has no canary. A rubric is published after its canary.'],
    );
    const named = { challenge: 'sorting', rubric: version };
    const refused = await post('/assessments', {
      candidate_id: 'cyd',
      content: { files: tested },
      options: named,
    });
    assert.deepEqual(
      [refused.status, refused.json.errors],
      [422, [{ pointer: '/options/rubric', message: 'is a draft', code: 'custom' }]],
    );

    const report = await canary(version);
    assert.equal(report.canary.status, 'completed');
    assert.deepEqual(
      [report.canary.compared_with, report.corpus],
      ['2026-12', { candidates: 2, scored: 2, by_stored_results: 2, by_engine: 0 }],
    );
    const [stored] = ok(await get('/assessments?challenge=sorting&candidate_id=ada')).items;
    assert.equal(
      report.movers.find((mover) => mover.candidate_id === 'ada')?.score.from,
      stored.overall_score,
    );

    assert.equal((await publish(version, 'assessor')).status, 403);
    assert.equal((await publish(version, 'admin', { 'If-Match': '"other"' })).status, 412);
    const { headers } = await get(`/rubrics/${version}`, 'admin');
    const published = await publish(version, 'admin', { 'If-Match': headers.get('ETag') ?? '' });
    assert.deepEqual([ok(published).status, published.json.in_force], ['published', true]);
    assert.equal(ok(await get(`/rubrics/${version}`, 'ada')).published_by, null);
    assert.equal((await publish(version)).status, 409);
    const gone = await service.send(`/api/v1/rubrics/${version}`, {
      method: 'DELETE',
      headers: as('admin'),
    });
    assert.equal(gone.status, 409);

    // What was cached for another rubric is not given for this one.
    const again = await assess('ada', tested, { challenge: 'sorting' });
    assert.equal(again.rubric_version, version);
    const told = report.movers.find((mover) => mover.candidate_id === 'ada');
    assert.equal(again.overall_score, told?.score.to);
    assert.notEqual(again.input_sha256, stored.input_sha256);
    const other = await assess('ada', tested, { challenge: 'sorting', rubric: '2026-12' });
    assert.deepEqual(
      [other.rubric_version, other.overall_score],
      ['2026-12', stored.overall_score],
    );
    assert.equal(other.input_sha256, stored.input_sha256);
    assert.equal((await assess('ada', tested, { challenge: 'parsing' })).rubric_version, '2026-12');
    const foreign = { challenge: 'parsing', rubric: version };
    const item = { candidate_id: 'ada', content: { files: tested }, options: foreign };
    for (const at of ['/assessments', '/assessments/async']) {
      const { status, json } = await post(at, item);
      assert.deepEqual(
        [status, json.errors[0].message],
        [422, 'is the rubric of another challenge'],
      );
    }
    const dashboard = ok(
      await get(`/assessments/${again.assessment_id}/dashboard?include_history=true`),
    );
    assert.equal(dashboard.rubric_version, version);
    assert.deepEqual(
      dashboard.trend.map((point: { assessment_id: string }) => point.assessment_id),
      [again.assessment_id],
      'no trend goes over two rubrics',
    );
    const appeal = again.path_scores[0].metrics.flatMap(
      (metric: { evidence: object[] }) => metric.evidence,
    )[0];
    const appeals = `/assessments/${again.assessment_id}/appeals`;
    ok(await post(appeals, { evidence_id: appeal.id, reason: 'It does not hold.' }), 201);
  });

  it('judges what was handed in before again, as a batch that goes on where it ended', async () => {
    const before = ok(await get('/challenges/sorting/stats'));
    const judgedBy = (rubric_version: string) => [
      { rubric_version, engine_major: Number(engineVersion.split('.')[0]), candidates: 2 },
    ];
    assert.deepEqual(before.judged_by, judgedBy('2026-12'));
    const again = ok(await post('/challenges/sorting/reassess', undefined), 202);
    assert.equal(again.remaining, 0);
    const at = again.status_url.replace('/api/v1', '');
    const batch = await ended(at, ({ finished_at: end }) => end !== null);
    assert.deepEqual([batch.progress, batch.counts.completed], [100, again.total]);
    for (const { assessment_id: id } of batch.items) {
      const result = ok(await get(`/assessments/${id}`));
      assert.equal(result.rubric_version, again.rubric_version);
      const former = ok(await get(`/assessments/${result.reassessment_of}`));
      assert.equal(former.rubric_version, '2026-12');
      assert.equal(former.candidate_id, result.candidate_id);
    }
    const after = ok(await get('/challenges/sorting/stats'));
    assert.deepEqual(after.judged_by, judgedBy(again.rubric_version));
    assert.deepEqual(
      [
        after.submissions,
        after.ranking.items.map((row: { submissions: number }) => row.submissions),
      ],
      [
        before.submissions,
        before.ranking.items.map((row: { submissions: number }) => row.submissions),
      ],
      'to judge again is not to hand in again',
    );
    const nothing = ok(await post('/challenges/sorting/reassess', undefined), 202);
    assert.deepEqual([nothing.total, nothing.remaining], [0, 0]);
    const empty = ok(await service.get(nothing.status_url, as('assessor')));
    assert.deepEqual([empty.status, empty.progress], ['completed', 100]);
    assert.equal((await post('/challenges/nobody/reassess', undefined)).status, 404);
    const { items } = ok(await get('/admin/audit?limit=2', 'admin'));
    assert.deepEqual(
      items.map(({ action }: { action: string }) => action),
      ['challenge.reassessed', 'challenge.reassessed'],
    );
  });

  it('that changes thresholds is tried by the engine, and a canary of before is no leave to publish', async () => {
    const version = await drafted('sorting', {
      title: 'Short functions',
      changes: { thresholds: { approach_minimum_statements: 1 } },
    });
    const back = await drafted('sorting', { title: 'As the service', changes: {} });
    const report = await canary(version);
    assert.deepEqual([report.corpus.by_stored_results, report.corpus.by_engine], [0, 2]);
    await canary(back);
    ok(await publish(version));
    const stale = await publish(back);
    assert.equal(stale.status, 409);
    assert.match(
      stale.json.detail,
      new RegExp(`and ${version.replace('.', '\\.')} judges the challenge now`),
    );
    await canary(back);
    ok(await publish(back));
    const judged = await assess('bob', untested, { challenge: 'sorting' });
    assert.equal(judged.rubric_version, back);
    assert.equal(ok(await get(`/rubrics/${version}`)).in_force, false);
  });

  it('costs what it would to judge the submissions, unless stored results tell', async () => {
    const usedByHour = async () => {
      const { policies } = ok(
        await get(`/admin/rate-limits?subject=key_${keyIds['assessor']}`, 'admin'),
      );
      const windows = policies as { window_seconds: number; used: number }[];
      return windows.find((each) => each.window_seconds === 3600)?.used ?? assert.fail();
    };
    const costOf = async (version: string) => {
      const before = await usedByHour();
      ok(await post(`/rubrics/${version}/canary`, { candidates: 2 }), 202);
      return (await usedByHour()) - before;
    };
    const weights = await drafted('sorting', { changes: { paths: { design: { weight: 3 } } } });
    const thresholds = await drafted('sorting', { changes: { thresholds: { cycle_cost: 9 } } });
    assert.deepEqual([await costOf(weights), await costOf(thresholds)], [2, 4]);
  });

  it('goes as a draft, with its canary; a canary goes with whom it is about', async () => {
    await assess('dan', untested, { challenge: 'leaving' });
    await assess('eve', tested, { challenge: 'leaving' });
    const version = await drafted('leaving');
    assert.equal((await canary(version)).corpus.scored, 2);
    const erased = await service.send('/api/v1/candidates/dan', {
      method: 'DELETE',
      headers: as('admin'),
    });
    assert.equal(erased.status, 204);
    const report = ok(await get(`/rubrics/${version}/canary`));
    assert.deepEqual(report.corpus.scored, 1);
    assert.ok(!JSON.stringify(report).includes('dan'));
    const path = `/api/v1/rubrics/${version}`;
    const remove = () => service.send(path, { method: 'DELETE', headers: as('admin') });
    assert.equal((await remove()).status, 204);
    assert.equal((await remove()).status, 404);
    assert.equal((await get(`/rubrics/${version}/canary`)).status, 404);
    const ofService = await service.send('/api/v1/rubrics/2026-12', {
      method: 'DELETE',
      headers: as('admin'),
    });
    assert.equal(ofService.status, 409);
  });

  it('has at most twenty drafts beside it', async () => {
    const weigh = (weight: number) =>
      drafted('full', { changes: { paths: { design: { weight } } } });
    for (let weight = 0; weight < 20; weight += 1) await weigh(weight);
    const { status, json } = await post('/rubrics', draft('full'));
    assert.deepEqual([status, json.detail], [409, 'A challenge has at most 20 drafts.']);
  });
});
