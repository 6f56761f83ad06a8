/** Who asked, about whom, and on which instance: in line, span and log store, and no identifier in clear. */
import assert from 'node:assert/strict';
import { catalogue } from '#grafana/catalogue.ts';
import { createHandles } from '#src/http/request/handles.ts';
import { testDatabase } from '#test/support/database.ts';
import { runNode } from '#test/support/run-node.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

type Line = Record<string, unknown>;

const CANDIDATE = 'jane-doe-4711';
const SECRET_KEY = 'a-secret-for-one-test-0123456789abcd';

describe('who', function () {
  this.timeout(300_000);
  const database = testDatabase();
  const handles = createHandles(SECRET_KEY);
  const candidate = handles.of('candidate', CANDIDATE);
  let service: TracedService;
  before(async () => {
    service = await startTracedService(database.url, {
      SECRET_KEY,
      OTEL_LOGS_EXPORTER: 'otlp',
      RATE_LIMIT_ENABLED: 'true',
      RATE_LIMIT_PER_MINUTE: '6',
    });
  });
  after(() => service.close());

  const ask = (path: string, body?: unknown) =>
    fetch(`${service.apiUrl}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  const stored = async (answer: Response): Promise<Line> => {
    const id = answer.headers.get('x-request-id');
    const mine = () =>
      service.logs.find(
        ({ attributes }) =>
          attributes['request_id'] === id && attributes['event.name'] === 'http.request',
      );
    await until(() => mine() !== undefined);
    const { attributes, resource, traceId } = mine() ?? {};
    return { ...resource, ...attributes, traceId };
  };
  const pick = (from: Line) => [from['candidate.handle'], from['assessment.handle']];
  const told = async (answer: Response) => {
    const line = await stored(answer);
    const [span] = (await service.traceOf(answer)).filter(({ kind }) => kind === 2);
    assert.deepEqual(pick(span?.attributes ?? {}), pick(line), 'the same in both');
    assert.equal(span?.resource['service.instance.id'], line['service.instance.id']);
    assert.equal(span?.traceId, line['traceId']);
    return line;
  };

  it('is in line and span: candidate and assessment by their handles, route, instance', async () => {
    const created = await ask('/assessments', {
      candidate_id: CANDIDATE,
      submission_type: 'code',
      content: { code: 'const one = 1;' },
    });
    assert.equal(created.status, 201);
    const { assessment_id: id } = (await created.json()) as { assessment_id: string };
    const assessment = handles.of('assessment', id);
    const line = await told(created);
    assert.deepEqual(pick(line), [candidate, assessment]);
    assert.equal(line['http.route'], '/api/v1/assessments');
    assert.match(String(line['service.instance.id']), /^[\da-f-]{36}$/);
    assert.match(String(line['rate_limit.subject']), /^[\w-]{22}$/);

    const found = await told(await ask(`/candidates/${CANDIDATE}`));
    assert.deepEqual(pick(found), [candidate, undefined]);
    assert.equal(found['http.route'], '/api/v1/candidates/:id');
    assert.deepEqual(pick(await told(await ask(`/assessments?candidate_id=${CANDIDATE}`))), [
      candidate,
      undefined,
    ]);
    const shown = await told(await ask(`/assessments/${id}/dashboard`));
    assert.deepEqual(pick(shown), [undefined, assessment]);
    const missing = await told(await ask('/candidates/nobody/stats'));
    assert.deepEqual(pick(missing), [handles.of('candidate', 'nobody'), undefined]);
  });

  it('is in the line of what was refused before its route was asked', async () => {
    let refused = await ask(`/candidates/${CANDIDATE}`);
    await until(async () => {
      refused = await ask(`/candidates/${CANDIDATE}`);
      return refused.status === 429;
    });
    assert.deepEqual(pick(await told(refused)), [candidate, undefined]);
  });

  it('is asked of the log store by names of fields that lines have', async () => {
    const exprs = catalogue
      .flatMap(({ panels }) => panels)
      .flatMap((panel) => ('panels' in panel ? panel.panels : []))
      .flatMap(({ targets = [] }) => targets as unknown as { expr: string }[])
      .map(({ expr }) => expr);
    assert.equal(exprs.length, 2);
    let refused = await ask(`/candidates/${CANDIDATE}`);
    await until(async () => {
      refused = await ask(`/candidates/${CANDIDATE}`);
      return refused.status === 429;
    });
    const line = await stored(refused);
    for (const expr of exprs) {
      const [filter = '', stats = ''] = expr.split(' | ');
      const compared = [...filter.matchAll(/"([^"]+)":(=|>=)("[^"]+"|\d+)/g)];
      const by = [...stats.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
      assert.equal(compared.length, 3, expr);
      for (const name of [...compared.map(([, name = '']) => name), ...by]) {
        assert.ok(name in line, `${name} of: ${expr}`);
      }
      const values = Object.fromEntries(compared.map(([, name, , value]) => [name, value]));
      assert.equal(values['event.name'], JSON.stringify(line['event.name']));
      assert.ok(Number.isInteger(line['http.response.status_code']), 'compared as a number');
    }
  });

  it('is in clear nowhere, and can be told by whoever has the key', async () => {
    assert.ok(service.log().includes(candidate));
    for (const text of [service.log(), JSON.stringify([service.logs, service.spans])]) {
      assert.ok(!text.includes(CANDIDATE));
    }
    const env = { APP_ENV: 'testing', SECRET_KEY };
    const { stdout } = await runNode(['src/handle.ts', 'candidate', CANDIDATE], env).result;
    assert.equal(stdout, `${candidate}\n`);
    const wrong = await runNode(['src/handle.ts', 'person', CANDIDATE], env).result;
    assert.deepEqual([wrong.code, wrong.stdout], [64, '']);
  });
});
