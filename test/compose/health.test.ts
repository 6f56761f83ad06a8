import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breakersComponent, databaseComponent, filesystemComponent } from '#src/compose/health.ts';
import { DependencyError } from '#src/errors.ts';
import { createHealth } from '#src/resilience/health/health.ts';

describe('the circuit breakers as a component of health', () => {
  const run = (trouble: string | null) =>
    breakersComponent(() => trouble).probe?.run(new AbortController().signal);

  it('are in order while all are closed', async () => {
    assert.equal(await run(null), undefined);
  });

  it('are degraded, and say which, while one is not closed', async () => {
    assert.equal(await run('redis_service is open'), 'redis_service is open');
  });
});

describe('the file system as a component of health', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sono-data-'));
  after(() => rmSync(dataDir, { recursive: true }));
  const run = (dir: string, trouble: string | null) =>
    filesystemComponent(dir, () => trouble).probe?.run(new AbortController().signal);

  it('is in order while data and log can be written', async () => {
    assert.equal(await run(dataDir, null), undefined);
  });

  it('is degraded, and says so, while log lines are not written: requests are answered', async () => {
    assert.equal(await run(dataDir, 'The log file takes none.'), 'The log file takes none.');
  });

  it('has failed when data cannot be written, whatever the log does', async () => {
    await assert.rejects(async () => run('/dev/null/x', null), DependencyError);
  });
});

describe('the database as a component of health', () => {
  /** Time that passes only when everybody waits. */
  function virtualTime() {
    let now = 0;
    const due: { at: number; run: () => void }[] = [];
    return {
      monotonicMs: () => now,
      after(ms: number, run: () => void) {
        const timer = { at: now + ms, run };
        due.push(timer);
        return () => void due.splice(due.indexOf(timer), 1);
      },
      async step(late = 0) {
        due.sort((a, b) => a.at - b.at);
        const next = due.shift();
        assert.ok(next, 'nobody waits');
        now = Math.max(now, next.at + late);
        next.run();
        for (let i = 0; i < 20; i += 1) await Promise.resolve();
      },
    };
  }
  const silent = (ms: number) => new DependencyError('postgresql', 'timeout', `${ms} ms`);

  function probed(answer: () => 'at once' | 'silence' | Error) {
    const time = virtualTime();
    const told: number[] = [];
    const seen = { pings: 0 };
    const ping = (ms: number) => {
      seen.pings += 1;
      const what = answer();
      if (what === 'at once') return Promise.resolve();
      if (what !== 'silence') return Promise.reject(what);
      return new Promise<void>((_, reject) => time.after(ms, () => reject(silent(ms))));
    };
    const foundDown = () => void told.push(time.monotonicMs());
    const health = createHealth({
      components: [databaseComponent({ ping }, foundDown, time.monotonicMs)],
      events: { registered: () => {}, probed: () => {}, changed: () => {} },
      now: () => new Date(),
      ...time,
    });
    return { health, time, told, seen };
  }

  it('is no longer ready within 3 s of a silence, and opens the breaker with it', async () => {
    let answer: 'at once' | 'silence' = 'at once';
    const { health, time, told, seen } = probed(() => answer);
    const stop = health.start(1000);
    await time.step();
    assert.deepEqual([health.isReady('database'), seen.pings], [true, 1]);
    // The worst moment: right after a probe that was answered.
    answer = 'silence';
    const from = time.monotonicMs();
    while (health.isReady('database')) await time.step();
    assert.equal(seen.pings, 4);
    assert.ok(time.monotonicMs() - from <= 3000, `${time.monotonicMs() - from} ms`);
    assert.ok((told[0] ?? Infinity) - from <= 3000, `${told[0]}`);
    answer = 'at once';
    await time.step();
    assert.equal(health.isReady('database'), true);
    stop();
    await assert.rejects(time.step(), /nobody waits/);
  });

  it('does not open the breaker for two late answers, for none that our own process missed, or for a mistake of ours', async () => {
    const answers = ['silence', 'silence', 'at once', 'at once'] as const;
    let turn = 0;
    const one = probed(() => answers[turn++ % 4] ?? 'at once');
    one.health.start(1000);
    for (let i = 0; i < 20; i += 1) await one.time.step();
    assert.deepEqual(one.told, []);

    const stopped = probed(() => 'silence');
    stopped.health.start(1000);
    for (let i = 0; i < 20; i += 1) await stopped.time.step(300);
    assert.deepEqual(stopped.told, []);

    const ours = probed(() => new TypeError('a mistake'));
    ours.health.start(1000);
    for (let i = 0; i < 20; i += 1) await ours.time.step();
    assert.deepEqual(ours.told, []);
  });
});
