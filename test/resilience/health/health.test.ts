import assert from 'node:assert/strict';
import {
  componentNames,
  createHealth,
  type ComponentName,
  type Probe,
  type ProbeEvents,
} from '#src/resilience/health/health.ts';

const passing = (): Probe => ({ deadlineMs: 50, hint: 'look here', run: () => Promise.resolve() });

function healthWith(
  probes: Partial<Record<ComponentName, Probe | null>>,
  events: Partial<ProbeEvents> = {},
) {
  const all = Object.fromEntries(componentNames.map((name) => [name, passing()])) as Record<
    ComponentName,
    Probe
  >;
  return createHealth({
    probes: { ...all, ...probes },
    events: { probed: () => undefined, changed: () => undefined, ...events },
    now: () => new Date('2026-01-22T10:30:00Z'),
    monotonicMs: () => performance.now(),
  });
}

const refusing = (): Probe => ({
  ...passing(),
  run: () =>
    Promise.reject(Object.assign(new Error('connect 10.0.0.7:5432'), { code: 'ECONNREFUSED' })),
});

describe('health', () => {
  it('calls a component unavailable until it was probed, and operational after', async () => {
    const health = healthWith({});
    assert.equal(health.component('database').status, 'unavailable');
    await health.probeAll();
    for (const name of componentNames) assert.equal(health.component(name).status, 'operational');
  });

  it('calls a component without a probe disabled', async () => {
    const health = healthWith({ redis: null });
    await health.probeAll();
    assert.equal(health.component('redis').status, 'disabled');
  });

  it('says why a component is degraded', async () => {
    const health = healthWith({
      assessment: { ...passing(), run: () => Promise.resolve('the queue is full') },
    });
    await health.probeAll();
    const { status, reason, hint } = health.component('assessment');
    assert.deepEqual([status, reason, hint], ['degraded', 'the queue is full', 'look here']);
  });

  it('gives the reason of a failure without the address', async () => {
    const seen: unknown[] = [];
    const health = healthWith(
      { database: refusing() },
      { probed: (name, outcome) => name === 'database' && seen.push(outcome.reason) },
    );
    await health.probeAll();
    assert.equal(health.component('database').reason, 'connection refused or lost');
    assert.deepEqual(seen, ['refused']);
  });

  it('fails a hung probe at its deadline, aborts it, and does not start it again while it hangs', async () => {
    let runs = 0;
    let aborted = false;
    let release = () => {};
    const hung: Probe = {
      deadlineMs: 5,
      hint: '',
      run: (signal) =>
        new Promise((resolve) => {
          runs += 1;
          release = () => resolve();
          signal.addEventListener('abort', () => (aborted = true));
        }),
    };
    const health = healthWith({ redis: hung });
    await health.probeAll();
    await health.probeAll();
    assert.equal(health.component('redis').status, 'unavailable');
    assert.equal(runs, 1);
    assert.ok(aborted);
    release();
    await new Promise(setImmediate);
    await health.probeAll();
    assert.equal(runs, 2);
  });

  it('stays ready through two failed probes of the database, not through three, and is back after one', async () => {
    let broken = false;
    const flaky: Probe = {
      ...passing(),
      run: (signal) => (broken ? refusing().run(signal) : Promise.resolve()),
    };
    const health = healthWith({ database: flaky });
    assert.equal(health.databaseReady(), false, 'never probed');
    await health.probeAll();
    assert.equal(health.databaseReady(), true);
    broken = true;
    await health.probeAll();
    await health.probeAll();
    assert.equal(health.databaseReady(), true, 'two failures');
    await health.probeAll();
    assert.equal(health.databaseReady(), false, 'three failures');
    broken = false;
    await health.probeAll();
    assert.equal(health.databaseReady(), true, 'one success');
  });

  it('is not ready while a database that never answered fails', async () => {
    const health = healthWith({ database: refusing() });
    await health.probeAll();
    assert.equal(health.databaseReady(), false);
  });

  it('tells of each change once', async () => {
    const changes: string[] = [];
    const health = healthWith(
      { database: refusing() },
      { changed: (name, from, to) => changes.push(`${name} ${from} ${to}`) },
    );
    await health.probeAll();
    await health.probeAll();
    assert.deepEqual(
      changes.filter((line) => line.startsWith('redis')),
      ['redis unavailable operational'],
    );
    assert.deepEqual(
      changes.filter((line) => line.startsWith('database')),
      [],
    );
  });
});
