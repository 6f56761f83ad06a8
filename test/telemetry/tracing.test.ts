import assert from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import { activeTrace, untraced } from '#telemetry/tracing.ts';
import { withSpan } from '#test/support/with-span.ts';

describe('activeTrace', () => {
  it('has the ids of the span that is active', async () => {
    const [ids, context] = await withSpan(
      'x',
      {},
      (span) => [activeTrace(), span.spanContext()] as const,
    );
    const { traceId, spanId } = context;
    assert.deepEqual(ids, { traceId, spanId, flags: '01', sampled: true });
  });

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
