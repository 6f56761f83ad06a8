import assert from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { activeTrace, inActiveTrace, untraced, withSpan } from '#telemetry/tracing.ts';

const readable = (span: unknown) => span as ReadableSpan;

describe('withSpan', () => {
  it('makes the span active, ends it and gives back the result', async () => {
    const { span, ids, result } = await withSpan('work', { a: 1 }, (span) => ({
      span: readable(span),
      ids: activeTrace(),
      result: 42,
    }));
    assert.equal(result, 42);
    assert.equal(span.name, 'work');
    assert.deepEqual(span.attributes, { a: 1 });
    assert.ok(span.ended);
    assert.deepEqual(ids, {
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      flags: '01',
      sampled: true,
    });
  });

  it('marks a failure by its type, without the text, and passes it on', async () => {
    const failure = Object.assign(new Error('GEHEIM'), { code: 'ECONNREFUSED' });
    let span: ReadableSpan | undefined;
    await assert.rejects(
      withSpan('work', {}, (active) => {
        span = readable(active);
        throw failure;
      }),
      (error) => error === failure,
    );
    assert.equal(span?.attributes['error.type'], 'ECONNREFUSED');
    assert.deepEqual(span.status, { code: 2 });
    assert.ok(span.ended);
  });
});

describe('activeTrace', () => {
  it('is zeros outside of a span', () => {
    const zeros = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), flags: '00', sampled: false };
    assert.deepEqual(activeTrace(), zeros);
  });
});

describe('untraced', () => {
  it('runs outside of the trace that set it off, and what it awaits, too', async () => {
    const spans = await withSpan('x', {}, () =>
      untraced(async () => {
        const first = trace.getActiveSpan();
        await Promise.resolve();
        return [first, trace.getActiveSpan()];
      }),
    );
    assert.deepEqual(spans, [undefined, undefined]);
  });
});

describe('inActiveTrace', () => {
  it('carries the trace into a callback that runs elsewhere', async () => {
    const [ids, callback] = await withSpan(
      'x',
      {},
      () => [activeTrace(), inActiveTrace(activeTrace)] as const,
    );
    assert.equal(trace.getActiveSpan(), undefined);
    assert.deepEqual(callback(), ids);
  });
});
