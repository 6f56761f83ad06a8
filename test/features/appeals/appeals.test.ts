/** An appeal from end to end: somebody disputes an item of evidence, and somebody else decides. */
import assert from 'node:assert/strict';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { MOST_APPEALS } from '#src/features/appeals/appeal.ts';
import { testService, type Answer } from '#test/support/service.ts';

const SECRET_KEY = 'the secret of these tests, which is long enough';
const PASSWORD = 'correct horse battery staple';
const code = [
  'def load(path):\n    try:\n        return open(path).read()\n    except:\n        pass\n',
  'def read(name):\n    try:\n        return open(name).read()\n    except:\n        pass\n',
  'def add(numbers=[]):\n    total = 0\n    for n in numbers:\n        total = total + n\n    return total\n',
].join('\n\n');

describe('appeals', () => {
  const service = testService({ AUTH_REQUIRED: 'true', SECRET_KEY });
  const keys: Record<string, string> = {};
  let result: AssessmentResult;
  let path: string;

  const as = (who: string) => ({ 'X-API-Key': keys[who] ?? assert.fail(who) });
  const created = async (at: string, body: object, who = 'admin'): Promise<Answer['json']> => {
    const answer = await service.post(`/api/v1${at}`, body, as(who));
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const patch = (at: string, body: object, headers: Record<string, string>) =>
    service.send(at, {
      method: 'PATCH',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const decide = (at: string, decision: string, who: string, headers = {}) =>
    patch(at, { decision, note: 'Looked at.' }, { ...as(who), ...headers });
  /** Items that cost points, most expensive first. */
  const costly = ({ path_scores: paths }: AssessmentResult) =>
    paths
      .flatMap(({ metrics }) => metrics.flatMap(({ evidence }) => evidence))
      .filter(({ points }) => points < 0)
      .toSorted((a, b) => a.points - b.points)
      .map(({ id }) => id ?? assert.fail('no id'));
  const assessed = async (candidate: string, options = {}): Promise<AssessmentResult> => {
    const body = { candidate_id: candidate, content: { files: [{ path: 'a.py', content: code }] } };
    return (await created('/assessments', { ...body, options })) as AssessmentResult;
  };
  const appealsOf = ({ assessment_id: id }: { assessment_id: string }) =>
    `/api/v1/assessments/${id}/appeals`;
  const reason = 'The exception is logged by the caller.';

  before(async () => {
    keys['admin'] = service.adminKey;
    for (const role of ['viewer', 'assessor', 'other assessor']) {
      const body = { name: role, role: role.replace('other ', '') };
      keys[role] = (await created('/api-keys', body)).key;
    }
    result = await assessed('ada');
    path = appealsOf(result);
    for (const candidate of ['ada', 'bob']) {
      if (candidate === 'bob') await assessed('bob');
      const body = { name: candidate, role: 'candidate', candidate_id: candidate };
      keys[candidate] = (await created('/api-keys', body)).key;
    }
  });

  describe('of a candidate', () => {
    let filed: Answer;
    let at: string;
    before(async () => {
      filed = await service.post(path, { evidence_id: costly(result)[0], reason }, as('ada'));
      at = filed.headers.get('Location') ?? '';
    });

    it('tell at once what the score would be', async () => {
      assert.equal(filed.status, 201, filed.text);
      const { json } = filed;
      assert.equal(at, `${path}/${json.appeal_id}`);
      assert.deepEqual(
        [json.status, json.reason, json.note, json.decided_by, json.decided_at],
        ['open', reason, null, null, null],
      );
      const { overall_score: overall, path_score: ofPath, metric_score: metric } = json.if_upheld;
      const told = result.path_scores.find((each) => each.path === json.evidence.path);
      assert.equal(overall.from, result.overall_score);
      assert.equal(ofPath.from, told?.overall_score);
      assert.ok(overall.to > overall.from && ofPath.to > ofPath.from, filed.text);
      assert.ok(Math.abs(metric.to - metric.from + json.evidence.points) <= 0.1, filed.text);
      const { text } = await service.get(at, as('ada'));
      assert.equal(text, filed.text);
    });

    it('are one at a time for an item', async () => {
      const again = await service.post(
        path,
        { evidence_id: costly(result)[0], reason },
        as('viewer'),
      );
      assert.deepEqual([again.status, again.json.error_code], [409, 'DUPLICATE_RESOURCE']);
      assert.match(again.json.detail, new RegExp(`is open: ${filed.json.appeal_id}`));
    });

    it('are for the candidate itself, and the same 404 for another one', async () => {
      for (const where of [path, at]) {
        assert.equal((await service.get(where, as('ada'))).status, 200);
        assert.equal((await service.get(where, as('viewer'))).status, 200);
        const foreign = await service.get(where, as('bob'));
        assert.deepEqual(
          [foreign.status, foreign.json.detail],
          [404, 'No assessment has this id.'],
        );
      }
      const body = { evidence_id: costly(result)[1], reason };
      assert.equal((await service.post(path, body, as('bob'))).status, 404);
      const { json } = await service.get(path, as('admin'));
      assert.equal(json.items.length, 1);
    });

    it('are not decided by candidates or viewers', async () => {
      for (const who of ['ada', 'bob', 'viewer']) {
        assert.equal((await decide(at, 'upheld', who)).status, 403, who);
      }
    });

    it('are decided once, by somebody else, and leave the result as it is', async () => {
      const stored = await service.get(`/api/v1/assessments/${result.assessment_id}`, as('ada'));
      const { headers } = await service.get(at, as('assessor'));
      const stale = await decide(at, 'upheld', 'assessor', { 'If-Match': '"other"' });
      assert.equal(stale.status, 412);
      const etag = { 'If-Match': headers.get('ETag') ?? '' };
      const upheld = await decide(at, 'upheld', 'assessor', etag);
      assert.equal(upheld.status, 200, upheld.text);
      assert.deepEqual([upheld.json.status, upheld.json.note], ['upheld', 'Looked at.']);
      assert.deepEqual(upheld.json.if_upheld, filed.json.if_upheld);
      const now = await service.get(at, as('ada'));
      assert.equal(now.headers.get('ETag'), upheld.headers.get('ETag'));
      assert.equal(now.text, upheld.text);

      const again = await decide(at, 'rejected', 'other assessor');
      assert.deepEqual(
        [again.status, again.json.detail],
        [409, 'The appeal was decided before: it is upheld.'],
      );

      const dashboard = await service.get(path.replace('appeals', 'dashboard'), as('ada'));
      assert.deepEqual(
        [dashboard.json.overall_score, dashboard.json.human_score],
        [result.overall_score, filed.json.if_upheld.overall_score.to],
      );
      const { json } = await service.get(path, as('ada'));
      assert.equal(json.machine.overall_score, result.overall_score);
      assert.equal(json.human.overall_score, filed.json.if_upheld.overall_score.to);
      const { text } = await service.get(`/api/v1/assessments/${result.assessment_id}`, as('ada'));
      assert.equal(text, stored.text);
    });

    it('are in the audit log once they are decided', async () => {
      const { json } = await service.get('/api/v1/admin/audit', as('admin'));
      const { action, target, actor, details } = json.items[0];
      assert.deepEqual(
        [action, target, details],
        [
          'appeal.decided',
          filed.json.appeal_id,
          { decision: 'upheld', rule: filed.json.evidence.rule },
        ],
      );
      const appeal = await service.get(at, as('admin'));
      assert.equal(actor, appeal.json.decided_by);
    });
  });

  describe('of an assessor', () => {
    it('are not decided by whoever filed them, by whichever key of an account', async () => {
      const own = await assessed('carol');
      const where = appealsOf(own);
      const body = { username: 'grace', password: PASSWORD, role: 'assessor' };
      await created('/users', body);
      const login = await service.send('/api/v1/auth/token', {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'password',
          username: 'grace',
          password: PASSWORD,
        }).toString(),
      });
      const bearer = { Authorization: `Bearer ${login.json.access_token}` };
      const key = await service.post('/api/v1/api-keys', { name: 'of grace' }, bearer);
      assert.equal(key.status, 201, key.text);
      keys['grace'] = key.json.key;

      const evidence = costly(own);
      const byKey = await created(where.slice(7), { evidence_id: evidence[0], reason }, 'grace');
      const byToken = await service.post(where, { evidence_id: evidence[1], reason }, bearer);
      assert.equal(byToken.status, 201, byToken.text);
      for (const id of [byKey.appeal_id, byToken.json.appeal_id]) {
        for (const headers of [bearer, as('grace')]) {
          const refused = await patch(
            `${where}/${id}`,
            { decision: 'upheld', note: 'Mine.' },
            headers,
          );
          assert.deepEqual(
            [refused.status, refused.json.error_code, refused.json.detail],
            [403, 'FORBIDDEN', 'Who filed an appeal may not decide it: another person has to.'],
          );
        }
        assert.equal((await decide(`${where}/${id}`, 'rejected', 'assessor')).status, 200);
      }
    });
  });

  it('that are upheld add up, and those that are rejected count for nothing', async () => {
    const own = await assessed('dora', { weights: { technical: 3, design: 1 } });
    const where = appealsOf(own);
    const file = async (evidence: string | undefined) =>
      created(where.slice(7), { evidence_id: evidence, reason }, 'viewer');
    const [first, second, third] = costly(own);
    const [one, two, three] = [await file(first), await file(second), await file(third)];
    const none = await service.get(where, as('viewer'));
    assert.equal(none.json.human, null);
    const untouched = await service.get(where.replace('appeals', 'dashboard'), as('viewer'));
    assert.equal(untouched.json.human_score, null);
    assert.equal(none.json.machine.overall_score, own.overall_score);
    assert.equal(one.if_upheld.overall_score.from, own.overall_score);

    assert.equal((await decide(`${where}/${one.appeal_id}`, 'upheld', 'assessor')).status, 200);
    const beside = await service.get(`${where}/${two.appeal_id}`, as('viewer'));
    assert.equal(
      beside.json.if_upheld.overall_score.from,
      one.if_upheld.overall_score.to,
      'what was upheld is where the next one starts',
    );
    assert.equal((await decide(`${where}/${two.appeal_id}`, 'upheld', 'admin')).status, 200);
    assert.equal((await decide(`${where}/${three.appeal_id}`, 'rejected', 'admin')).status, 200);
    const { json } = await service.get(where, as('viewer'));
    assert.equal(json.human.overall_score, beside.json.if_upheld.overall_score.to);
    assert.ok(json.human.overall_score > one.if_upheld.overall_score.to);
    assert.deepEqual(
      json.items.map(({ status }: { status: string }) => status),
      ['upheld', 'upheld', 'rejected'],
    );

    const twice = await service.post(where, { evidence_id: first, reason }, as('viewer'));
    assert.deepEqual([twice.status, twice.json.error_code], [409, 'DUPLICATE_RESOURCE']);
    assert.match(twice.json.detail, /was upheld/);
    const anew = await service.post(where, { evidence_id: third, reason }, as('viewer'));
    assert.equal(anew.status, 201, 'what was rejected may be disputed with another reason');
  });

  it('are made once for an idempotency key, and the kept answer goes with the assessment', async () => {
    const own = await assessed('erin');
    const where = appealsOf(own);
    const headers = { ...as('assessor'), 'Idempotency-Key': 'appeal once' };
    const body = { evidence_id: costly(own)[0], reason };
    const first = await service.post(where, body, headers);
    const again = await service.post(where, body, headers);
    assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text]);
    assert.equal(again.headers.get('Idempotency-Replayed'), 'true');
    const kept = async () => {
      const { json } = await service.get('/api/v1/candidates/erin/export', as('admin'));
      return [json.assessment_appeals.length, json.idempotency_keys.length];
    };
    assert.deepEqual(await kept(), [1, 1]);
    const gone = await service.send(`/api/v1/assessments/${own.assessment_id}`, {
      method: 'DELETE',
      headers: as('admin'),
    });
    assert.equal(gone.status, 204);
    assert.deepEqual(await kept(), [0, 0]);
    assert.equal((await service.post(where, body, headers)).status, 404);
  });

  it('are exported and erased with the person', async () => {
    const own = await assessed('finn');
    const filed = await created(
      appealsOf(own).slice(7),
      { evidence_id: costly(own)[0], reason: 'Finn says no.' },
      'viewer',
    );
    const { json } = await service.get('/api/v1/candidates/finn/export', as('admin'));
    assert.deepEqual(json.assessment_appeals, [
      {
        appeal_id: filed.appeal_id,
        assessment_id: own.assessment_id,
        evidence_id: filed.evidence_id,
        reason: 'Finn says no.',
        status: 'open',
        note: null,
        filed_at: filed.filed_at,
        decided_at: null,
      },
    ]);
    const erased = await service.send('/api/v1/candidates/finn', {
      method: 'DELETE',
      headers: { ...as('admin'), Prefer: 'return=representation' },
    });
    assert.deepEqual([erased.status, erased.json.erased.assessment_appeals], [200, 1]);
    assert.equal((await service.get(appealsOf(own), as('admin'))).status, 404);
  });

  it('are at most so many for an assessment, also when they come at once', async () => {
    const own = await assessed('gil');
    const where = appealsOf(own);
    const evidence = own.path_scores
      .flatMap(({ metrics }) => metrics.flatMap((metric) => metric.evidence))
      .map(({ id }) => id);
    const [disputed] = evidence;
    for (let n = 0; n < MOST_APPEALS - 1; n += 1) {
      const { appeal_id: id } = await created(
        where.slice(7),
        { evidence_id: disputed, reason },
        'viewer',
      );
      assert.equal((await decide(`${where}/${id}`, 'rejected', 'assessor')).status, 200);
    }
    const last = await Promise.all(
      evidence
        .slice(0, 4)
        .map((id) => service.post(where, { evidence_id: id, reason }, as('viewer'))),
    );
    assert.deepEqual(
      last.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 409, 409, 409],
    );
    const { json } = last.find(({ status }) => status === 409) ?? assert.fail();
    assert.equal(json.detail, `An assessment has at most ${MOST_APPEALS} appeals.`);
  });

  it('name an item of the result, and say why', async () => {
    const own = await assessed('ada');
    const where = appealsOf(own);
    const [evidence_id] = costly(own);
    const refused: [body: object, pointer: string][] = [
      [{ evidence_id: '0'.repeat(32), reason }, '/evidence_id'],
      [{ evidence_id: 'nothing', reason }, '/evidence_id'],
      [{ reason }, '/evidence_id'],
      [{ evidence_id }, '/reason'],
      [{ evidence_id, reason: ' \n' }, '/reason'],
      [{ evidence_id, reason: 'x'.repeat(2001) }, '/reason'],
      [{ evidence_id, reason, filed_by: 'me' }, '/filed_by'],
    ];
    for (const [body, pointer] of refused) {
      const { status, json } = await service.post(where, body, as('ada'));
      assert.deepEqual([status, json.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body));
    }
    const longest = { evidence_id, reason: '😀'.repeat(1000) };
    assert.equal((await service.post(where, longest, as('ada'))).status, 201);
  });

  it('are counted by rule and outcome, once each, a replay not', async () => {
    const own = await assessed('hal');
    const where = appealsOf(own);
    const counted = async (rule: string) => {
      const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
      return ['filed', 'upheld', 'rejected'].map((outcome) => {
        const series = `assessment_appeals_total{outcome="${outcome}",rule="${rule}"} `;
        const line = metrics.split('\n').find((each) => each.startsWith(series));
        return Number(line?.slice(series.length) ?? 0);
      });
    };
    const [first] = costly(own);
    const { rule } =
      own.path_scores
        .flatMap(({ metrics }) => metrics.flatMap(({ evidence }) => evidence))
        .find(({ id }) => id === first) ?? assert.fail();
    const [filed = 0, upheld = 0, rejected = 0] = await counted(rule);
    const headers = { ...as('viewer'), 'Idempotency-Key': 'counted once' };
    const body = { evidence_id: first, reason };
    const one = await service.post(where, body, headers);
    assert.equal((await service.post(where, body, headers)).status, 201);
    assert.equal((await service.post(where, body, as('viewer'))).status, 409);
    assert.deepEqual(await counted(rule), [filed + 1, upheld, rejected]);
    const at = `${where}/${one.json.appeal_id}`;
    assert.equal((await decide(at, 'upheld', 'assessor')).status, 200);
    assert.equal((await decide(at, 'rejected', 'assessor')).status, 409);
    assert.deepEqual(await counted(rule), [filed + 1, upheld + 1, rejected]);
  });

  it('are refused of what there is not', async () => {
    const none = 'appeal_01999999-9999-7999-9999-999999999999';
    for (const at of [`${path}/${none}`, `${path}/none`]) {
      assert.equal((await service.get(at, as('admin'))).status, 404);
      assert.equal((await decide(at, 'upheld', 'admin')).status, 404);
    }
    const other = path.replace(result.assessment_id, 'assess_01999999-9999-7999-9999-999999999999');
    assert.equal((await service.get(other, as('admin'))).status, 404);
    const [item] = costly(result);
    assert.equal(
      (await service.post(other, { evidence_id: item, reason }, as('admin'))).status,
      404,
    );
  });
});
