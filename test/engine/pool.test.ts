/** Who waits for a thread, and what becomes of a thread whose caller has left. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { createEnginePool, EngineBusyError, type EnginePool } from '#src/engine/pool.ts';
import type { EngineTask } from '#src/engine/worker.ts';
import { until } from '#test/support/until.ts';

/** The longest time that a timer takes: never, in a test. */
const NEVER = 2 ** 31 - 1;

function task(lines: number): EngineTask {
  return {
    input: {
      candidate_id: 'c',
      submission_type: 'code',
      content: { code: 'def one(a):\n    return a if a > 1 else -a\n'.repeat(lines) },
      paths_to_evaluate: ['technical'],
      options: {},
    },
    motives: false,
  };
}
const short = task(1);
/** Seconds of work. */
const long = task(20_000);

describe('the engine\u2019s threads', () => {
  let engine: EnginePool;
  let started = 0;
  const count = () => (started += 1);
  const start = async (lingerMs: number) => {
    engine = createEnginePool({ maxConcurrent: 1, lingerMs });
    await engine.ready();
    started = 0;
  };
  before(() => process.on('worker', count));
  after(() => process.off('worker', count));
  afterEach(() => engine.close());

  const patient = new AbortController().signal;
  /** Its caller leaves at once. */
  async function abandon(given: EngineTask): Promise<void> {
    const caller = new AbortController();
    const running = engine.run(given, caller.signal);
    const reason = new Error('gone');
    caller.abort(reason);
    await assert.rejects(running, reason);
  }

  it('end short work whose caller has left, and no other thread is started', async () => {
    await start(NEVER);
    for (let i = 0; i < 5; i += 1) await abandon(short);
    assert.equal(engine.running, 1, 'its thread is not free yet');
    const { result } = await engine.run(short, patient);
    assert.equal(result.path_scores.length, 1);
    assert.equal(started, 0);
    assert.equal(engine.failures, 0);
    assert.deepEqual([engine.running, engine.waiting], [0, 0]);
  });

  it('are ended and replaced when work goes on that nobody waits for', async () => {
    await start(0);
    await abandon(long);
    const { result } = await engine.run(short, patient);
    assert.equal(result.path_scores.length, 1);
    assert.equal(started, 1);
    assert.equal(engine.failures, 0);
  });

  it('have all loaded what they need once they are ready, and load nothing after that', async () => {
    engine = createEnginePool({ maxConcurrent: 4 });
    assert.equal(engine.loaded, 0);
    await engine.ready();
    started = 0;
    assert.equal(engine.loaded, engine.threads);
    const runs = Array.from({ length: 4 * engine.threads }, () => engine.run(short, patient));
    assert.equal((await Promise.all(runs)).length, runs.length);
    assert.deepEqual([engine.loaded, started], [engine.threads, 0]);
  });

  it('leave the processor to those that answer requests', async function () {
    if (process.platform !== 'linux') return;
    /** Of each thread of this process; the 19th field of its line, of which the second may have spaces (proc(5)). */
    const nices = () =>
      readdirSync('/proc/self/task').map((thread) =>
        Number(
          readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16],
        ),
      );
    const own = getPriority();
    const before = nices().filter((nice) => nice > own).length;
    await start(NEVER);
    assert.deepEqual(
      [nices().filter((nice) => nice > own).length - before, getPriority()],
      [1, own],
    );
  });

  it('say after each stage what share of them is over, to who asked, until the end', async () => {
    await start(NEVER);
    const told: number[] = [];
    let other = 0;
    await engine.run(task(1500), patient, (percent) => told.push(percent));
    const { length } = told;
    await engine.run(task(1500), patient, () => (other += 1));
    assert.ok(length > 0 && other > 0, `${length}, ${other}`);
    assert.deepEqual(told, [12, 25, 37, 50, 62, 75, 87].slice(0, length));
  });

  it('are not asked for by a caller that has left before', async () => {
    await start(NEVER);
    await assert.rejects(engine.run(long, AbortSignal.abort(new Error('gone'))), /gone/);
    assert.deepEqual([engine.running, engine.waiting], [0, 0]);
  });

  it('are waited for by eight, and who leaves the queue leaves a place', async () => {
    await start(0);
    const callers = Array.from({ length: 9 }, () => new AbortController());
    const runs = callers.map(({ signal }) => engine.run(long, signal));
    const ends = Promise.allSettled(runs);
    assert.deepEqual([engine.running, engine.waiting, engine.isFull], [1, 8, true]);
    await assert.rejects(engine.run(short, patient), EngineBusyError);
    callers[4]?.abort(new Error('fifth'));
    await assert.rejects(runs[4] ?? Promise.resolve(), /fifth/);
    assert.deepEqual([engine.running, engine.waiting], [1, 7]);
    const next = engine.run(short, patient);
    for (const caller of callers) caller.abort(new Error('gone'));
    await ends;
    assert.equal((await next).result.path_scores.length, 1);
    await until(() => engine.running === 0);
    assert.equal(engine.waiting, 0);
  });
});
