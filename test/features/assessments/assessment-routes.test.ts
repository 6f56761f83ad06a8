import assert from 'node:assert/strict';
import { Connection } from 'pg';
import { testService } from '#test/support/service.ts';

const code = `
import json


def load_totals(path):
    """Return the totals by customer from a JSON file of orders."""
    with open(path, encoding="utf-8") as source:
        orders = json.load(source)
    totals = {}
    for order in orders:
        if order["amount"] < 0:
            raise ValueError(f"negative amount in order {order['id']}")
        totals[order["customer"]] = totals.get(order["customer"], 0) + order["amount"]
    return totals
`;

const submission = (candidate: string, extra: object = {}) => ({
  candidate_id: candidate,
  content: { code },
  language: 'python',
  ...extra,
});

describe('POST /api/v1/assessments', () => {
  const service = testService();

  it('answers 201 with a result that GET then gives back byte for byte', async () => {
    const created = await service.post('/api/v1/assessments', submission('first'));
    assert.equal(created.status, 201, created.text);
    const location = created.headers.get('location');
    assert.equal(location, `/api/v1/assessments/${created.json.assessment_id}`);
    const stored = await service.get(location ?? '');
    assert.equal(stored.status, 200);
    assert.equal(stored.text, created.text);
  });

  it('creates the candidate when new and keeps one that exists', async () => {
    const initial_data = { team: 'platform' };
    await service.post('/api/v1/candidates', { candidate_id: 'known', initial_data });
    await service.post('/api/v1/assessments', submission('known'));
    await service.post('/api/v1/assessments', submission('unknown'));
    assert.deepEqual(
      (await service.get('/api/v1/candidates/known')).json.initial_data,
      initial_data,
    );
    assert.equal((await service.get('/api/v1/candidates/unknown')).status, 200);
  });

  it('closes the arithmetic of every metric: base + points = score', async () => {
    const { json } = await service.post('/api/v1/assessments', submission('sums'));
    let metrics = 0;
    for (const path of json.path_scores) {
      for (const metric of path.metrics) {
        if (metric.score === null) continue;
        metrics += 1;
        const sum = metric.evidence.reduce(
          (total: number, e: { points: number }) => total + e.points,
          metric.base,
        );
        assert.ok(
          Math.abs(sum - metric.score) <= 0.1,
          `${path.path}/${metric.name}: ${sum} is not ${metric.score}`,
        );
      }
    }
    assert.ok(metrics > 5, `only ${metrics} metrics were scored`);
  });

  it('gives the same submission the same result, but for id and times', async () => {
    const [one, two] = await Promise.all([
      service.post('/api/v1/assessments', submission('twin')),
      service.post('/api/v1/assessments', submission('twin')),
    ]);
    const content = ({
      assessment_id: _id,
      timestamp: _at,
      processing_time_ms: _ms,
      ...rest
    }: Record<string, unknown>) => rest;
    assert.deepEqual(content(one.json), content(two.json));
    assert.notEqual(one.json.assessment_id, two.json.assessment_id);
  });

  it('evaluates the requested paths only, upper case and duplicates accepted', async () => {
    const paths_to_evaluate = ['TECHNICAL', 'technical', 'Design'];
    const { json } = await service.post(
      '/api/v1/assessments',
      submission('paths', { paths_to_evaluate }),
    );
    assert.deepEqual(
      json.path_scores.map((p: { path: string }) => p.path),
      ['technical', 'design'],
    );
  });

  it('has what it was asked for on record, each weight once: in result, list, candidate and dashboard', async () => {
    const options = { weights: { technical: 3, communication: 5 }, challenge: 'sorting' };
    const paths_to_evaluate = ['technical', 'design'];
    const asked = submission('asked', { paths_to_evaluate, options });
    const { json: result } = await service.post('/api/v1/assessments', asked);
    const get = async (path: string) => (await service.get(`/api/v1${path}`)).json;
    const { latest_assessments: latest } = await get('/candidates/asked');
    const { items } = await get('/assessments?candidate_id=asked');
    const dashboard = await get(`/assessments/${result.assessment_id}/dashboard`);
    for (const told of [result, latest[0], items[0], dashboard]) {
      assert.deepEqual(told.weights, { design: 0.25, technical: 0.75 });
      assert.equal(told.challenge, 'sorting');
      assert.equal(told.rubric_version, result.rubric_version);
      const judged: { path: string }[] = told.path_scores ?? told.paths;
      assert.deepEqual(judged.map(({ path }) => path).toSorted(), paths_to_evaluate.toSorted());
    }
    const csv = await service.get('/api/v1/assessments?candidate_id=asked', { Accept: 'text/csv' });
    const [head = [], row = []] = csv.text.split('\r\n').map((line) => line.split(','));
    const cell = (name: string) => row[head.indexOf(name)];
    assert.deepEqual(
      [cell('technical_weight'), cell('communication_weight'), cell('rubric_version')],
      ['0.75', '', result.rubric_version],
    );
    const text = JSON.stringify(result);
    const criteria = result.path_scores.flatMap((path: { metrics: object[] }) => path.metrics);
    assert.equal(text.split('"weight":').length - 1, criteria.length);
    assert.equal(text.split('"weights":').length - 1, 1);
  });

  it('takes prose alone and leaves the code paths without a score, with a reason', async () => {
    const text =
      'I would first measure where the time goes, because guessing costs more than a profile. '.repeat(
        6,
      );
    const { status, json } = await service.post('/api/v1/assessments', {
      candidate_id: 'writer',
      content: { text },
    });
    assert.equal(status, 201);
    const technical = json.path_scores.find((p: { path: string }) => p.path === 'technical');
    assert.equal(technical.overall_score, null);
    assert.equal(technical.status, 'insufficient_evidence');
    assert.equal(technical.confidence, 0);
    assert.ok(technical.reason.length > 10);
  });

  it('answers 201 with null paths and the reason for binary as code', async () => {
    const binary = Array.from({ length: 4000 }, (_, i) =>
      String.fromCharCode(1 + ((i * 7919) % 31)),
    ).join('\u{fffd}');
    const { status, json } = await service.post('/api/v1/assessments', {
      candidate_id: 'bytes',
      content: { code: binary },
    });
    assert.equal(status, 201);
    assert.equal(json.overall_score, null);
    for (const path of json.path_scores) {
      assert.equal(path.overall_score, null);
      assert.ok(path.reason.length > 10);
    }
  });

  const bad: [string, unknown, string][] = [
    ['a missing candidate_id', { content: { code } }, '/candidate_id'],
    ['a candidate_id with a newline', submission('a\n'), '/candidate_id'],
    ['a candidate_id with a slash', submission('a/b'), '/candidate_id'],
    ['a candidate_id of 101 characters', submission('a'.repeat(101)), '/candidate_id'],
    ['an unknown member', submission('x', { extra: 1 }), '/extra'],
    [
      'an unknown member of content',
      { candidate_id: 'x', content: { code, kode: '' } },
      '/content/kode',
    ],
    ['empty content', { candidate_id: 'x', content: {} }, '/content'],
    ['content of another type', { candidate_id: 'x', content: 'code' }, '/content'],
    [
      'an unknown path name',
      submission('x', { paths_to_evaluate: ['charisma'] }),
      '/paths_to_evaluate/0',
    ],
    ['an empty path list', submission('x', { paths_to_evaluate: [] }), '/paths_to_evaluate'],
    ['an unknown language', submission('x', { language: 'klingon' }), '/language'],
    [
      'a path with ..',
      { candidate_id: 'x', content: { files: [{ path: 'a/../../b', content: '' }] } },
      '/content/files/0/path',
    ],
    [
      'an absolute path',
      { candidate_id: 'x', content: { files: [{ path: '/etc/passwd', content: '' }] } },
      '/content/files/0/path',
    ],
    ...['a\\..\\b', '%2e%2e/a', 'a/..%2Fb'].map((path): [string, unknown, string] => [
      `the path ${path}`,
      { candidate_id: 'x', content: { files: [{ path, content: '' }] } },
      '/content/files/0/path',
    ]),
    ['a million values', { candidate_id: 'x', content: { reviews: Array(1e6).fill(0) } }, ''],
    ['a NUL character', { candidate_id: 'x', content: { code: 'a\0b' } }, '/content/code'],
    [
      '10,000 files',
      {
        candidate_id: 'x',
        content: {
          files: Array.from({ length: 10_000 }, (_, i) => ({ path: `f${i}.py`, content: '' })),
        },
      },
      '/content/files',
    ],
  ];
  for (const [name, body, pointer] of bad) {
    it(`refuses ${name} with 422 and points at it`, async () => {
      const answer = await service.post('/api/v1/assessments', body);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.json.error_code, 'VALIDATION_ERROR');
      const pointers = answer.json.errors.map((fault: { pointer: string }) => fault.pointer);
      assert.ok(pointers.includes(pointer), `${pointers.join(' ')} lacks ${pointer}`);
    });
  }

  it('hands ten megabytes to the database beside the statement, which would hold the event loop', async () => {
    // What the driver of this process sends, which is the service's, too.
    const wire = Connection.prototype as unknown as Record<string, (...given: unknown[]) => void>;
    const sent = { statement: 0, values: 0 };
    const sizes: Record<string, (first: unknown) => void> = {
      query: (text) => (sent.statement = Math.max(sent.statement, String(text).length)),
      parse: (query) =>
        (sent.statement = Math.max(sent.statement, (query as { text: string }).text.length)),
      bind: (config) =>
        (sent.values = Math.max(
          sent.values,
          JSON.stringify((config as { values?: unknown }).values ?? []).length,
        )),
    };
    const originals = Object.keys(sizes).map((name) => [name, wire[name]] as const);
    for (const [name, original] of originals) {
      wire[name] = function (this: unknown, ...given: unknown[]) {
        sizes[name]?.(given[0]);
        Reflect.apply(original ?? assert.fail, this, given);
      };
    }
    const answer = await service
      .post('/api/v1/assessments', {
        candidate_id: 'large',
        content: { text: 'word '.repeat(1_800_000) },
      })
      .finally(() => Object.assign(wire, Object.fromEntries(originals)));
    assert.equal(answer.status, 201);
    assert.ok(sent.values > 9_000_000, `${sent.values} characters of values`);
    // To write values into a statement takes more than a second of the only thread, and as long to hide them.
    assert.ok(sent.statement < 20_000, `a statement of ${sent.statement} characters`);
  });

  it('stores nothing of a refused request', async () => {
    assert.equal((await service.get('/api/v1/candidates/x')).status, 404);
  });
});

describe('assessments over time', () => {
  const service = testService();
  const ids: string[] = [];

  before(async () => {
    for (let i = 0; i < 5; i += 1) {
      const { json } = await service.post('/api/v1/assessments', submission('regular'));
      ids.unshift(json.assessment_id);
    }
    await service.post('/api/v1/assessments', submission('other'));
  });

  it('lists newest first, page by page, each once', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await service.get(
        `/api/v1/assessments?candidate_id=regular&limit=2${cursor}`,
      );
      seen.push(...json.items.map((item: { assessment_id: string }) => item.assessment_id));
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
    } while (cursor !== '');
    const { json: first } = await service.get('/api/v1/assessments?candidate_id=regular&limit=1');
    const next = `limit=2&cursor=${first.next_cursor}`;
    const same = await service.get(`/api/v1/assessments?${next}&candidate_id=regular`);
    assert.equal(same.status, 200);
    for (const other of ['assessments?', 'assessments?candidate_id=x&', 'candidates?']) {
      const { status, json } = await service.get(`/api/v1/${other}${next}`);
      assert.deepEqual([status, json.errors?.[0]?.pointer], [422, '/cursor'], other);
    }
    assert.deepEqual(seen, ids);
  });

  it('filters by score, path and date', async () => {
    const count = async (query: string) =>
      (await service.get(`/api/v1/assessments?${query}`)).json.items.length;
    assert.equal(await count('min_score=0&path=technical'), 6);
    assert.equal(await count('min_score=100&path=technical'), 0);
    assert.equal(await count('to=2020-01-01'), 0);
    assert.equal(await count('from=2020-01-01'), 6);
    assert.equal(await count('candidate_id=nobody'), 0);
    const today = new Date().toISOString().slice(0, 10);
    assert.equal(await count(`from=${today}&to=${today}`), 6, 'a date is the whole day');
  });

  for (const query of [
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=%00',
    'cursor=!',
    `cursor=${Buffer.from('assess_1').toString('base64url')}`,
    'min_score=60&max_score=50',
    'min_score=101',
    'from=yesterday',
    'path=charisma',
    'unknown=1',
    'limit=1&limit=2',
  ]) {
    it(`refuses ?${query} with 422`, async () => {
      const { status, json } = await service.get(`/api/v1/assessments?${query}`);
      assert.equal(status, 422);
      assert.equal(json.errors.length > 0, true);
    });
  }

  const contradictions = {
    'assessments?min_score=60&max_score=50': '/min_score',
    'assessments?from=2026-02-01&to=2026-01-31': '/from',
    'candidates/regular/stats?from=2026-02-01&to=2026-01-31': '/from',
  };
  for (const [query, pointer] of Object.entries(contradictions)) {
    it(`says which end of a range is beyond the other: ${query}`, async () => {
      const { status, json } = await service.get(`/api/v1/${query}`);
      assert.deepEqual([status, json.errors[0].pointer], [422, pointer]);
      assert.match(json.errors[0].message, /^must not be (above|after) /);
    });
  }

  it('says of a score that is none only that', async () => {
    for (const query of ['min_score=abc', 'min_score=101', 'max_score=-1']) {
      const { json } = await service.get(`/api/v1/assessments?${query}`);
      const messages = json.errors.map(({ message }: { message: string }) => message);
      assert.deepEqual(messages, ['must be a number from 0 to 100'], query);
    }
  });

  it('answers 304 to the ETag it gave, and 200 to another', async () => {
    const path = `/api/v1/assessments/${ids[0]}`;
    const etag = (await service.get(path)).headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    const unchanged = await service.get(path, { 'If-None-Match': `"x", ${etag}` });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.text, '');
    assert.equal((await service.get(path, { 'If-None-Match': '"x"' })).status, 200);
  });

  it('draws the dashboard with the trend in order of time', async () => {
    const { json } = await service.get(
      `/api/v1/assessments/${ids[0]}/dashboard?include_history=true`,
    );
    assert.deepEqual(
      json.trend.map((point: { assessment_id: string }) => point.assessment_id),
      [...ids].reverse(),
    );
    assert.equal(json.radar.length, 5);
    const plain = await service.get(`/api/v1/assessments/${ids[0]}/dashboard`);
    const { json: result } = await service.get(`/api/v1/assessments/${ids[0]}`);
    const whys = (paths: { status: string; reason?: string | null }[]) =>
      paths.map(({ status, reason }) => [status, reason ?? null]);
    assert.deepEqual(whys(plain.json.paths), whys(result.path_scores));
    assert.ok(whys(plain.json.paths).some(([, reason]) => reason !== null));
    assert.equal(plain.json.trend, null);
  });

  it('computes statistics that agree with the scores', async () => {
    const { json } = await service.get('/api/v1/candidates/regular/stats');
    const { json: list } = await service.get('/api/v1/assessments?candidate_id=regular');
    const scores: number[] = list.items.map(
      (item: { overall_score: number }) => item.overall_score,
    );
    assert.equal(json.total, 5);
    assert.equal(json.best, Math.max(...scores));
    assert.equal(json.worst, Math.min(...scores));
    assert.ok(Math.abs(json.mean - scores.reduce((a, b) => a + b) / 5) < 0.01);
    assert.equal(json.standard_deviation, 0);
    assert.equal(json.trend.direction, 'stable');
  });

  it('has no statistics of a candidate without assessments', async () => {
    await service.post('/api/v1/candidates', { candidate_id: 'fresh' });
    const { json } = await service.get('/api/v1/candidates/fresh/stats');
    assert.equal(json.total, 0);
    for (const name of ['mean', 'median', 'p90', 'best', 'worst', 'latest', 'standard_deviation']) {
      assert.equal(json[name], null, name);
    }
  });

  it('deletes an assessment once', async () => {
    const path = `/api/v1/assessments/${ids.pop()}`;
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 204);
    assert.equal((await service.send(path, { method: 'DELETE' })).status, 404);
    assert.equal((await service.get(path)).status, 404);
  });

  it('erases a candidate with everything that is stored of the person', async () => {
    assert.equal(
      (await service.send('/api/v1/candidates/regular', { method: 'DELETE' })).status,
      204,
    );
    assert.equal((await service.get('/api/v1/candidates/regular')).status, 404);
    assert.equal((await service.get(`/api/v1/assessments/${ids[0]}`)).status, 404);
    assert.equal(
      (await service.get('/api/v1/assessments?candidate_id=regular')).json.items.length,
      0,
    );
    assert.equal(
      (await service.get('/api/v1/assessments?candidate_id=other')).json.items.length,
      1,
    );
  });
});
