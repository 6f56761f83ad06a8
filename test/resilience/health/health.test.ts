import assert from 'node:assert/strict';
import { DependencyError } from '#src/errors.ts';
import {
  createHealth,
  unchanged,
  type Component,
  type Probe,
  type ProbeEvents,
} from '#src/resilience/health/health.ts';
import { healthEvents } from '#src/resilience/health/metrics.ts';
import { renderMetrics } from '#telemetry/metrics.ts';

const passing = (): Probe => ({ deadlineMs: 50, hint: 'look here', run: () => Promise.resolve() });
const names = ['assessment', 'database', 'redis'];

function healthWith(
  probes: Record<string, Probe | null>,
  events: Partial<ProbeEvents> = {},
  monotonicMs = () => performance.now(),
) {
  const components = names.map((name): Component => ({
    name,
    critical: name !== 'redis',
    probe: name in probes ? (probes[name] ?? null) : passing(),
  }));
  return createHealth({
    components,
    events: {
      registered: () => undefined,
      probed: () => undefined,
      changed: () => undefined,
      ...events,
    },
    now: () => new Date('2026-01-22T10:30:00Z'),
    monotonicMs,
  });
}

const failing = (reason: Error): Probe => ({ ...passing(), run: () => Promise.reject(reason) });
const refusing = (): Probe =>
  failing(
    new Error('query failed', {
      cause: new DependencyError('postgresql', 'unavailable', 'connect 10.0.0.7:5432'),
    }),
  );

/** As ioredis has it: why there is no connection is the cause of what says that there is none. */
const wrongPassword = (): Error => {
  const lost = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    name: 'ReplyError',
  });
  const cause = new Error("Stream isn't writeable", { cause: lost });
  return new DependencyError('redis', 'unavailable', cause.message, { cause });
};

describe('health', () => {
  it('says what a server refuses, and what to do; in the log also when it was down before, once', async () => {
    let error = new DependencyError('redis', 'unavailable', 'connect ECONNREFUSED') as Error;
    const reasons: unknown[] = [];
    const health = healthWith(
      { redis: { ...passing(), run: () => Promise.reject(error) } },
      { changed: (name, _from, _to, reason) => void (name === 'redis' && reasons.push(reason)) },
    );
    await health.probeAll();
    error = wrongPassword();
    await health.probeAll();
    await health.probeAll();
    const refused = 'Redis refuses the password (WRONGPASS)';
    assert.deepEqual(reasons, ['connection refused or lost', refused]);
    const { reason, hint } = health.component('redis');
    assert.equal(reason, refused);
    assert.match(String(hint), /^Set REDIS_PASSWORD/);
  });

  it('calls a component starting until it was probed, and what it was found to be after', async () => {
    const changes: unknown[] = [];
    const health = healthWith(
      { redis: refusing() },
      { changed: (name, from, to) => void changes.push([name, from, to]) },
    );
    for (const name of names) assert.equal(health.component(name).status, 'starting');
    await health.probeAll();
    assert.deepEqual(changes, [
      ['assessment', 'starting', 'operational'],
      ['database', 'starting', 'operational'],
      // Said in the log like any other failure.
      ['redis', 'starting', 'unavailable'],
    ]);
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

  for (const [error, metric, told] of [
    [
      new DependencyError('redis', 'unavailable', 'connect 10.0.0.7:6379'),
      'refused',
      'connection refused or lost',
    ],
    [new DependencyError('redis', 'timeout', '10.0.0.7 is late'), 'timeout', 'no answer in time'],
    [new DependencyError('redis', 'rejected', 'NOAUTH'), 'error', 'the probe failed'],
    [Object.assign(new Error('10.0.0.7'), { code: 'ECONNREFUSED' }), 'error', 'the probe failed'],
  ] as const) {
    it(`gives the reason of a failure by its type and without the address: ${error.message}`, async () => {
      const seen: unknown[] = [];
      const health = healthWith(
        { redis: failing(error) },
        { probed: ({ name }, outcome) => name === 'redis' && seen.push(outcome.reason) },
      );
      await health.probeAll();
      assert.equal(health.component('redis').reason, told);
      assert.deepEqual(seen, [metric]);
    });
  }

  it('does not work while a critical component is unavailable, whatever the others do', async () => {
    const dead = { redis: failing(new Error('x')), database: passing() };
    const health = healthWith(dead);
    assert.equal(health.isWorking(), false, 'not probed yet');
    await health.probeAll();
    assert.equal(health.isWorking(), true);
    const without = healthWith({ database: refusing() });
    await without.probeAll();
    assert.equal(without.isWorking(), false);
  });

  it('keeps what it found when a probe did not ask, and tells nobody', async () => {
    const answers = ['slow', unchanged, undefined, unchanged, unchanged] as const;
    let round = 0;
    const told: unknown[] = [];
    const rarely: Probe = { ...passing(), run: () => Promise.resolve(answers[round++]) };
    const health = healthWith(
      { assessment: rarely },
      { probed: ({ name }) => name === 'assessment' && told.push(round) },
    );
    const found: string[] = [];
    for (const _ of answers) {
      await health.probeAll();
      found.push(health.component('assessment').status);
    }
    assert.deepEqual(found, ['degraded', 'degraded', 'operational', 'operational', 'operational']);
    assert.deepEqual(told, [1, 3]);
  });

  it('knows the components that are registered and no others', () => {
    const health = healthWith({});
    assert.deepEqual(health.names, names);
    assert.throws(() => health.component('nobody'), /no component nobody/);
    const twice = { name: 'redis', critical: false, probe: null };
    const events = { registered() {}, probed() {}, changed() {} };
    const clock = { now: () => new Date(), monotonicMs: () => 0 };
    assert.throws(() => createHealth({ components: [twice, twice], events, ...clock }), /twice/);
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
    assert.equal(health.isReady('database'), false, 'never probed');
    await health.probeAll();
    assert.equal(health.isReady('database'), true);
    broken = true;
    await health.probeAll();
    await health.probeAll();
    assert.equal(health.isReady('database'), true, 'two failures');
    await health.probeAll();
    assert.equal(health.isReady('database'), false, 'three failures');
    broken = false;
    await health.probeAll();
    assert.equal(health.isReady('database'), true, 'one success');
  });

  it('is not ready while a database that never answered fails', async () => {
    const health = healthWith({ database: refusing() });
    await health.probeAll();
    assert.equal(health.isReady('database'), false);
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
      ['redis starting operational'],
    );
    assert.deepEqual(
      changes.filter((line) => line.startsWith('database')),
      ['database starting unavailable'],
    );
  });
});

describe('metrics of health', () => {
  it('exist for each reason from the registration on, and show what was found', async () => {
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
    const events = healthEvents({ log, now: () => new Date(5000) });
    const component = { name: 'test_registered', critical: true, probe: null };
    const valueOf = async (series: string) => {
      const lines = (await renderMetrics('text/plain')).body.split('\n');
      return lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1];
    };
    const failures = (reason: string) =>
      valueOf(
        `component_health_check_failures_total{component="test_registered",reason="${reason}"}`,
      );
    assert.equal(await failures('refused'), undefined);
    events.registered(component);
    for (const reason of ['timeout', 'refused', 'error']) {
      assert.equal(await failures(reason), '0');
    }
    events.probed(component, { ok: true, seconds: 0.1 });
    const up = 'component_up{component="test_registered",critical="true"}';
    assert.equal(await valueOf(up), '1');
    const last = 'component_last_success_timestamp_seconds{component="test_registered"}';
    assert.equal(await valueOf(last), '5');
    events.probed(component, { ok: false, seconds: 0.1, reason: 'refused' });
    assert.deepEqual([await valueOf(up), await valueOf(last)], ['0', '5']);
    assert.equal(await failures('refused'), '1');
  });
});
