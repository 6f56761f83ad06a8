/**
 * The engine as two components of health, found out by one and the same sample. It is assessed at the
 * start, then every 30 s while no thread of the pool works, and again at the next probe after the engine
 * failed or the sample went wrong. What costs nothing is looked at in each probe: whether the queue is
 * full, and whether all threads are at work, which shows that they live.
 */
import type { EnginePool } from '../../engine/pool.ts';
import { unchanged, type Component } from '../../resilience/health/health.ts';

const DEADLINE_MS = 2000;

/** A tenth of the time after which ComponentCheckStale calls a component's probes stale. */
const SAMPLE_INTERVAL_MS = 30_000;

/** Tags of the sample; null while all threads work; a sentence when no more work is taken. */
type Answer = { tags: string[] } | string | null | typeof unchanged;

export function engineComponents(deps: {
  engine: Pick<EnginePool, 'sample' | 'failures' | 'isFull'>;
  monotonicMs: () => number;
}): { assessment: Component; tagging: Component } {
  const ask = createSampling(deps);
  return {
    assessment: {
      name: 'assessment',
      critical: true,
      probe: {
        deadlineMs: DEADLINE_MS,
        hint: 'The engine did not answer: see assessment_queue_size and the CPU of this instance.',
        async run(signal) {
          const answer = await ask(signal);
          return typeof answer === 'string' || answer === unchanged ? answer : undefined;
        },
      },
    },
    tagging: {
      name: 'tagging',
      critical: false,
      probe: {
        deadlineMs: DEADLINE_MS,
        hint: 'The engine no longer tags a known sample: is the rubric file whole?',
        async run(signal) {
          const answer = await ask(signal);
          if (answer === unchanged) return unchanged;
          if (answer !== null && typeof answer !== 'string' && !isTagged(answer)) {
            throw new Error('A Python sample was not tagged python.');
          }
          return undefined;
        },
      },
    },
  };
}

function isTagged({ tags }: { tags: string[] }): boolean {
  return tags.includes('python');
}

/** Both components ask in one round: the second joins the first. */
function createSampling({
  engine,
  monotonicMs,
}: Parameters<typeof engineComponents>[0]): (signal: AbortSignal) => Promise<Answer> {
  let current: Promise<Answer> | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  let failuresSeen = 0;

  const ask = async (signal: AbortSignal): Promise<Answer> => {
    if (engine.failures === failuresSeen && !engine.isFull && monotonicMs() < nextAt) {
      return unchanged;
    }
    // Due until a sample was answered as it should be.
    nextAt = Number.NEGATIVE_INFINITY;
    failuresSeen = engine.failures;
    const answer = await engine.sample(signal);
    if (answer !== null && typeof answer !== 'string' && isTagged(answer)) {
      nextAt = monotonicMs() + SAMPLE_INTERVAL_MS;
    }
    return answer;
  };

  return (signal) => {
    current ??= ask(signal).finally(() => (current = null));
    return current;
  };
}
