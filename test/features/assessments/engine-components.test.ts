import assert from 'node:assert/strict';
import { createEnginePool, EngineError } from '#src/engine/pool.ts';
import { engineComponents } from '#src/features/assessments/engine-components.ts';
import { createHealth } from '#src/resilience/health/health.ts';

/** A minute of the loop is sixty rounds of a clock that goes when it is told to. */
function setUp() {
  let now = 0;
  let samples = 0;
  let answer: () => Promise<{ tags: string[] } | string | null> = () =>
    Promise.resolve({ tags: ['python'] });
  const engine = {
    failures: 0,
    isFull: false,
    sample: () => {
      samples += 1;
      return answer();
    },
  };
  const { assessment, tagging } = engineComponents({ engine, monotonicMs: () => now });
  const probed: string[] = [];
  const health = createHealth({
    components: [assessment, tagging],
    events: {
      registered: () => {},
      probed: ({ name }, { ok }) => probed.push(`${name} ${ok}`),
      changed: () => {},
    },
    now: () => new Date(now),
    monotonicMs: () => now,
  });
  return {
    engine,
    health,
    probed,
    samples: () => samples,
    answerWith: (next: typeof answer) => (answer = next),
    rounds: async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        await health.probeAll();
        now += 1000;
      }
    },
    found: () => [health.component('assessment').status, health.component('tagging').status],
  };
}

describe('the engine as components of health', () => {
  it('is asked once for both at the start, then every 30 s: five samples in two minutes, not 240', async () => {
    const { rounds, samples, found, probed } = setUp();
    await rounds(1);
    assert.equal(samples(), 1);
    await rounds(29);
    assert.equal(samples(), 1);
    await rounds(91);
    assert.equal(samples(), 5);
    assert.deepEqual(found(), ['operational', 'operational']);
    assert.equal(probed.length, 10, 'a probe that did not ask is none');
  });

  it('is asked again in the next round while it fails, so that its return is seen at once', async () => {
    const { rounds, samples, found, answerWith } = setUp();
    await rounds(30);
    answerWith(() => Promise.reject(new EngineError(new Error('thread ended'))));
    await rounds(10);
    assert.equal(samples(), 11);
    assert.deepEqual(found(), ['unavailable', 'unavailable']);
    answerWith(() => Promise.resolve({ tags: ['python'] }));
    await rounds(30);
    assert.equal(samples(), 12);
    assert.deepEqual(found(), ['operational', 'operational']);
  });

  it('is asked in the next round after it failed at the work of a client', async () => {
    const { rounds, samples, engine } = setUp();
    await rounds(5);
    engine.failures += 1;
    await rounds(5);
    assert.equal(samples(), 2);
  });

  it('is degraded while its queue is full, and no longer when it is not', async () => {
    const { rounds, samples, engine, answerWith, found } = setUp();
    await rounds(5);
    engine.isFull = true;
    answerWith(() => Promise.resolve('The queue of assessments is full.'));
    await rounds(1);
    assert.deepEqual(found(), ['degraded', 'operational']);
    engine.isFull = false;
    answerWith(() => Promise.resolve({ tags: ['python'] }));
    await rounds(5);
    assert.deepEqual([...found(), samples()], ['operational', 'operational', 3]);
  });

  it('works while all its threads do', async () => {
    const { rounds, probed, answerWith, found } = setUp();
    answerWith(() => Promise.resolve(null));
    await rounds(3);
    assert.deepEqual(found(), ['operational', 'operational']);
    assert.equal(probed.length, 6);
  });

  it('tags no more when a Python sample is not tagged python, and is asked until it is', async () => {
    const { rounds, samples, answerWith, found } = setUp();
    answerWith(() => Promise.resolve({ tags: [] }));
    await rounds(3);
    assert.deepEqual([...found(), samples()], ['operational', 'unavailable', 3]);
  });

  it('is the engine itself: its sample is tagged python', async () => {
    const engine = createEnginePool({ maxConcurrent: 1 });
    try {
      const { assessment, tagging } = engineComponents({ engine, monotonicMs: () => 0 });
      const { signal } = new AbortController();
      assert.deepEqual(
        await Promise.all([assessment.probe?.run(signal), tagging.probe?.run(signal)]),
        [undefined, undefined],
      );
    } finally {
      await engine.close();
    }
  });
});
