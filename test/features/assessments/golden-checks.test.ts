/** Whether a change of the engine is noticed by the process that has it. */
import assert from 'node:assert/strict';
import { createGoldenChecks, type GoldenEvents } from '#src/features/assessments/golden-checks.ts';
import { goldenDigest, type GoldenSubmission } from '#src/engine/golden.ts';
import { EngineBusyError, EngineError, type EnginePool } from '#src/engine/pool.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import type { Logger } from '#telemetry/logger.ts';

const resultOf = (score: number) =>
  ({
    overall_score: score,
    path_scores: [{ path: 'technical', overall_score: score }],
    engine_version: '2.1.0',
    rubric_version: '2026-12',
  }) as unknown as EngineResult;
const submissions = ['one', 'two', 'three'].map((name, n): GoldenSubmission => ({
  name,
  content: { code: name },
  expected: goldenDigest(resultOf(n)),
}));

function setUp() {
  const due: { ms: number; run: () => void }[] = [];
  const outcomes: string[] = [];
  const scored: [string, unknown][] = [];
  const lines: [string, Record<string, unknown>][] = [];
  /** What is made of a submission, by its code. */
  const judged: Record<string, EngineResult | Error> = Object.fromEntries(
    submissions.map(({ name }, n) => [name, resultOf(n)]),
  );
  const engine = {
    waiting: 0,
    async run({ input }: { input: { content: { code?: string } } }) {
      const result = judged[input.content.code ?? ''];
      if (result instanceof Error) throw result;
      return { result };
    },
  };
  const events: GoldenEvents = {
    checked: (outcome) => outcomes.push(outcome),
    scored: (name, { technical }) => scored.push([name, technical]),
  };
  const log = {
    error: (message: string, fields: Record<string, unknown>) => lines.push([message, fields]),
  };
  const checks = createGoldenChecks({
    engine: engine as unknown as EnginePool,
    submissions,
    intervalMs: 300_000,
    events,
    after: (ms, run) => {
      due.push({ ms, run });
      return () => due.splice(0);
    },
    log: log as unknown as Logger,
  });
  const round = async () => {
    const [next] = due.splice(0);
    next?.run();
    for (let i = 0; i < 200 && due.length === 0; i += 1) await Promise.resolve();
    return next?.ms;
  };
  return { checks, due, engine, judged, lines, outcomes, round, scored };
}

describe('golden submissions', () => {
  it('are judged again at each interval, and say nothing while they come out as they did', async () => {
    const { checks, lines, outcomes, round, scored } = setUp();
    checks.start();
    assert.equal(checks.changed(), undefined, 'nothing is known yet');
    assert.equal(await round(), 300_000);
    assert.equal(await round(), 300_000);
    assert.deepEqual(
      outcomes,
      Array.from({ length: 6 }, () => 'same'),
    );
    assert.deepEqual(scored.slice(0, 3), [
      ['one', 0],
      ['two', 1],
      ['three', 2],
    ]);
    assert.equal(checks.changed(), 0);
    assert.deepEqual(lines, []);
  });

  it('tell a result that is another, until it is the released one again', async () => {
    const { checks, judged, lines, round } = setUp();
    checks.start();
    judged['two'] = { ...resultOf(1), summary: 'another word' };
    await round();
    assert.equal(checks.changed(), 1);
    const [[, fields] = ['', {}]] = lines;
    assert.equal(fields['event.name'], 'engine.golden_changed');
    assert.equal(fields['submission'], 'two');
    judged['two'] = resultOf(1);
    await round();
    assert.equal(checks.changed(), 0);
  });

  it('leave the engine to those who wait, and do not take its failure for a change', async () => {
    const { checks, engine, judged, lines, outcomes, round } = setUp();
    checks.start();
    judged['one'] = resultOf(9);
    await round();
    engine.waiting = 1;
    judged['one'] = resultOf(0);
    await round();
    assert.deepEqual(outcomes.slice(3), ['skipped', 'skipped', 'skipped']);
    assert.equal(checks.changed(), 1, 'what was found last stands');
    engine.waiting = 0;
    judged['two'] = new EngineBusyError();
    judged['three'] = new EngineError(new Error('its thread ended'));
    await round();
    assert.deepEqual(outcomes.slice(6), ['same', 'skipped', 'failed']);
    assert.equal(checks.changed(), 0);
    assert.equal(lines.at(-1)?.[1]['event.name'], 'engine.golden_failed');
  });

  it('are not judged after the end', async () => {
    const { checks, due, outcomes } = setUp();
    checks.start();
    await checks.close();
    assert.deepEqual([due.length, outcomes.length], [0, 0]);
  });
});
