import assert from 'node:assert/strict';
import { startRunningClock } from '#src/resilience/circuit-breaker/running-clock.ts';
import { until } from '#test/support/until.ts';

describe('running clock', () => {
  const fake = () => {
    let real = 5000;
    const clock = startRunningClock(() => real);
    clock.stop();
    return { clock, pass: (ms: number) => void (real += ms) };
  };

  it('goes with the monotonic clock while it is read', () => {
    const { clock, pass } = fake();
    for (let i = 0; i < 100; i += 1) {
      pass(250);
      clock.now();
    }
    assert.deepEqual([clock.now(), clock.lost()], [30_000, 0]);
  });

  it('stands still while the process does, and knows how much it lost', () => {
    const { clock, pass } = fake();
    pass(3_600_000);
    assert.deepEqual([clock.now(), clock.lost()], [5250, 3_599_750]);
    pass(100);
    assert.equal(clock.now(), 5350);
  });

  it('loses nothing while the process is idle, because it beats', async () => {
    let [real, readings] = [0, 0];
    const clock = startRunningClock(() => {
      readings += 1;
      return (real += 100);
    });
    // Nobody asks it meanwhile.
    await until(() => readings > 6);
    clock.stop();
    assert.equal(clock.lost(), 0);
    assert.equal(clock.now(), real);
  });

  it('loses a block of the event loop', () => {
    const clock = startRunningClock(() => performance.now());
    const start = performance.now();
    while (performance.now() - start < 400);
    clock.now();
    assert.ok(clock.lost() > 100);
    clock.stop();
  });

  it('has heard nothing of a turn that still runs', async () => {
    const clock = startRunningClock(() => performance.now());
    const start = clock.now();
    while (performance.now() - start < 300);
    assert.ok(clock.heard() <= start);
    await until(() => clock.heard() > start);
    clock.stop();
  });
});
