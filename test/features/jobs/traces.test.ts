/** A job from the request that sent it to what is stored for it: a process, and a collector of its spans. */
import assert from 'node:assert/strict';
import { testDatabase } from '#test/support/database.ts';
import type { ReceivedSpan } from '#test/support/otlp-receiver.ts';
import { query } from '#test/support/query.ts';
import { startTracedService, type TracedService } from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

const RETRIES = 'job.retry_count';
const [PRODUCER, CONSUMER] = [4, 5];

describe('a job, seen from outside its process', () => {
  const database = testDatabase();
  let service: TracedService;
  let isClosed = false;

  before(async () => {
    service = await startTracedService(database.url, { CACHE_ENABLED: 'false' });
  });
  after(async () => {
    if (!isClosed) await service.close();
  });

  const sql = (text: string) => query(database.url, text);
  /** No result can be stored. */
  const refuse = () =>
    sql('alter table assessments add constraint of_a_test check (false) not valid');
  const send = async (candidate: string) => {
    const answer = await fetch(`${service.apiUrl}/api/v1/assessments/async`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        candidate_id: candidate,
        content: { code: 'def one(a):\n    return a\n' },
      }),
    });
    assert.equal(answer.status, 202);
    const { job_id, status_url } = (await answer.json()) as Record<string, string>;
    return { answer, id: String(job_id), url: `${service.apiUrl}${status_url}` };
  };
  type Sent = Awaited<ReturnType<typeof send>>;
  /** Its attempts that have ended, in this order. */
  const attempts = ({ id }: Sent) =>
    service.spans
      .filter(({ attributes }) => `job_${String(attributes['messaging.message.id'])}` === id)
      .toSorted((a, b) => Number(a.attributes[RETRIES]) - Number(b.attributes[RETRIES]));
  const only = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
    const [span, ...others] = spans.filter((each) => each.name === name);
    assert.ok(span !== undefined && others.length === 0, `${name}: ${others.length + 1}`);
    return span;
  };

  it('has one trace, from its request to the row of its result', async () => {
    const sent = await send('ada');
    await until(() => attempts(sent).length > 0);
    const spans = await service.traceOf(sent.answer);
    const request = only(spans, 'POST /api/v1/assessments/async');
    const producer = only(spans, 'send assess');
    const consumer = only(spans, 'process assess');
    const stored = only(spans, 'INSERT assessments');
    assert.deepEqual([producer.kind, producer.parentSpanId], [PRODUCER, request.spanId]);
    assert.deepEqual([consumer.kind, consumer.parentSpanId], [CONSUMER, producer.spanId]);
    assert.equal(stored.parentSpanId, consumer.spanId);
    assert.deepEqual([consumer.links, consumer.status.code], [[], 0]);
    for (const { attributes } of [producer, consumer]) {
      assert.equal(attributes['messaging.system'], 'pg-boss');
      assert.equal(attributes['messaging.destination.name'], 'assess');
    }
    // The stages of the engine are its work, too.
    assert.equal(only(spans, 'assessment.score').parentSpanId, consumer.spanId);
  });

  it('has each attempt in its trace: one that failed is an error, the next one has a link as well', async () => {
    await refuse();
    const sent = await send('bob');
    await until(() => attempts(sent).length > 0);
    await sql('alter table assessments drop constraint of_a_test');
    await until(() => attempts(sent).at(-1)?.status.code === 0);
    const spans = await service.traceOf(sent.answer);
    const { traceId, spanId } = only(spans, 'send assess');
    const [failed, ...retries] = attempts(sent);
    assert.ok(failed);
    assert.deepEqual([failed.status.code, failed.links], [2, []]);
    assert.equal(failed.attributes['error.type'], 'PostgresError');
    assert.ok(retries.length > 0);
    for (const retry of retries) assert.deepEqual(retry.links, [{ traceId, spanId }]);
    for (const attempt of [failed, ...retries]) {
      assert.deepEqual([attempt.traceId, attempt.parentSpanId], [traceId, spanId]);
    }
    const last = retries.at(-1)?.spanId;
    const inserts = spans.filter(({ name }) => name === 'INSERT assessments');
    assert.deepEqual(
      inserts.filter(({ status }) => status.code === 0).map(({ parentSpanId }) => parentSpanId),
      [last],
    );
  });

  it('ends the streams of what has not ended with the drain of its process, and not by a broken connection', async () => {
    await refuse();
    const sent = await send('carl');
    await until(() => attempts(sent).length > 0);
    const stream = await fetch(`${sent.url}/events`);
    assert.equal(stream.status, 200);
    const text = stream.text();
    isClosed = true;
    const [heard] = await Promise.all([text, service.close()]);
    assert.match(heard, /^id: \d+\nevent: progress\n/);
    assert.doesNotMatch(heard, /event: (completed|failed|cancelled)/);
  });
});
