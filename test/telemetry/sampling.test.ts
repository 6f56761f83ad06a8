import assert from 'node:assert/strict';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { createSampler } from '#telemetry/sampling.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

function decide(
  env: Record<string, string>,
  parent: { flags: number; isRemote: boolean } | null,
  random: number,
) {
  const sampler = createSampler(env, () => random);
  assert.ok(sampler);
  const context =
    parent === null
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId: '00f067aa0ba902b7',
          traceFlags: parent.flags,
          isRemote: parent.isRemote,
        });
  const { decision } = sampler.shouldSample(context, traceId, 'x', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe('sampling', () => {
  const production = { APP_ENV: 'production' };

  it('records everything, in production one in ten', () => {
    assert.equal(decide({}, null, 0.99), true);
    const sampler = createSampler(production);
    let recorded = 0;
    for (let i = 0; i < 5000; i++) {
      const id = crypto.randomUUID().replaceAll('-', '');
      const { decision } =
        sampler?.shouldSample(ROOT_CONTEXT, id, 'x', SpanKind.SERVER, {}, []) ?? {};
      if (decision === SamplingDecision.RECORD_AND_SAMPLED) recorded++;
    }
    assert.ok(recorded > 350 && recorded < 650, `${recorded} of 5000`);
  });

  it("does not trust a caller's flag: neither does 01 force nor 00 forbid recording", () => {
    for (const flags of [TraceFlags.NONE, TraceFlags.SAMPLED]) {
      const remote = { flags, isRemote: true };
      assert.equal(decide(production, remote, 0.05), true);
      assert.equal(decide(production, remote, 0.5), false);
      assert.equal(decide({}, remote, 0.5), true);
    }
  });

  it('keeps a trace whole below our own decision', () => {
    assert.equal(decide(production, { flags: TraceFlags.SAMPLED, isRemote: false }, 0.99), true);
    assert.equal(decide({}, { flags: TraceFlags.NONE, isRemote: false }, 0), false);
  });

  it('is left to OTEL_TRACES_SAMPLER when that is set', () => {
    assert.equal(createSampler({ OTEL_TRACES_SAMPLER: 'always_off' }), null);
  });
});
