import { ParentBasedSampler, SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';

const PRODUCTION_RATIO = 0.1;

/**
 * Everything is recorded, in production one request in ten. A caller's trace is continued, but
 * whether we record is our own decision: at a public edge the flag, and a trace id chosen to fall
 * below the ratio, would let anyone force recording. Null: `OTEL_TRACES_SAMPLER` decides.
 */
export function createSampler(
  env: Record<string, string | undefined>,
  random: () => number = Math.random,
): Sampler | null {
  if (env['OTEL_TRACES_SAMPLER']) return null;
  const ratio = env['APP_ENV'] === 'production' ? PRODUCTION_RATIO : 1;
  const ownDecision: Sampler = {
    shouldSample: () => ({
      decision:
        random() < ratio ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
    }),
    toString: () => `OwnDecision{${ratio}}`,
  };
  return new ParentBasedSampler({
    root: ownDecision,
    remoteParentSampled: ownDecision,
    remoteParentNotSampled: ownDecision,
  });
}
