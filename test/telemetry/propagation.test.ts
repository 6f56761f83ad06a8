import assert from 'node:assert/strict';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { edgePropagator } from '#telemetry/propagation.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('what a caller may send along', () => {
  const extract = (headers: Record<string, string>) =>
    edgePropagator().extract(ROOT_CONTEXT, headers, defaultTextMapGetter);

  it('is the identity of its trace, not its vendor state', () => {
    const ids = trace.getSpanContext(extract({ traceparent, tracestate: 'vendor=secret' }));
    assert.equal(ids?.traceId, '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.equal(ids.isRemote, true);
    assert.equal(ids.traceState, undefined);
  });

  it('is allow-listed baggage of a harmless form', () => {
    const baggage = (text: string) =>
      Object.fromEntries(
        (
          propagation.getBaggage(extract({ traceparent, baggage: text }))?.getAllEntries() ?? []
        ).map(([key, { value }]) => [key, value]),
      );
    assert.deepEqual(baggage('tenant.tier=gold,user=ada'), { 'tenant.tier': 'gold' });
    assert.deepEqual(baggage('tenant.tier=ada%40example.com'), {});
    assert.deepEqual(baggage(`tenant.tier=${'x'.repeat(100)}`), {});
  });

  it('is passed on', () => {
    const carrier: Record<string, string> = {};
    const context = extract({
      traceparent,
      baggage: 'tenant.tier=gold,user=ada',
      tracestate: 'a=b',
    });
    edgePropagator().inject(context, carrier, defaultTextMapSetter);
    assert.deepEqual(carrier, { traceparent, baggage: 'tenant.tier=gold' });
  });

  it('is ignored when it is malformed', () => {
    for (const bad of [
      '',
      'x',
      '00-0-0-01',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `${traceparent}, ${traceparent}`,
    ]) {
      assert.equal(trace.getSpanContext(extract({ traceparent: bad })), undefined, bad);
    }
  });
});
