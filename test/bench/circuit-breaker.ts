/**
 * What a circuit breaker costs, ours beside its peers in one run: `npm ci --prefix test/bench`, then
 * `node --expose-gc --import ./telemetry/start.ts test/bench/circuit-breaker.ts`. Medians of rounds that
 * take turns, since the machine is not ours alone. Ends with 1 when a promise of ours is broken.
 */
import {
  circuitBreaker as createCockatiel,
  ConsecutiveBreaker,
  handleAll,
  SamplingBreaker,
} from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/circuit-breaker.ts';
import { circuitBreakerEvents } from '../../src/resilience/circuit-breaker/metrics.ts';
import { startRunningClock } from '../../src/resilience/circuit-breaker/running-clock.ts';
import { median } from './percentile.ts';

const ROUNDS = 9;
const CALLS = 100_000;
const REJECTIONS = 20_000;
const INSTANCES = 2000;

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const clock = startRunningClock(() => performance.now());
const deps = { clock, now: () => new Date(), random: Math.random };
const ours = (events = {}) =>
  new CircuitBreaker({ name: 'redis_service', dependency: 'redis' }, { ...deps, events });
const opossum = () =>
  new Opossum((work) => work(), {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 20,
  });
/** Like ours it counts over a time; its other one only counts failures in a row. */
const cockatiel = () =>
  createCockatiel(handleAll, {
    halfOpenAfter: 60_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
  });
const cockatielInARow = () =>
  createCockatiel(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) });

type Execute = (work: () => Promise<number>) => Promise<number>;
const work = () => Promise.resolve(1);
const fail = () => Promise.reject(new Error('down'));

async function timed(execute: Execute, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i += 1) await execute(work);
  return ((performance.now() - start) / calls) * 1000;
}

async function timedRejections(execute: Execute): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < REJECTIONS; i += 1) await execute(work).catch(quiet);
  return ((performance.now() - start) / REJECTIONS) * 1000;
}

/** Microseconds a call, each in turn. */
async function compare(
  contenders: Record<string, Execute>,
  measure: (execute: Execute) => Promise<number>,
): Promise<Record<string, number>> {
  const found = Object.keys(contenders).map(() => [] as number[]);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [i, execute] of Object.values(contenders).entries()) {
      const value = await measure(execute);
      // The first round warms up.
      if (round > 0) found[i]?.push(value);
    }
  }
  return Object.fromEntries(
    Object.keys(contenders).map((name, i) => [name, median(found[i] ?? [])]),
  );
}

function bytesEach(create: () => unknown): number {
  const gc = globalThis.gc ?? quiet;
  const kept: unknown[] = [create()];
  gc();
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  for (let i = 0; i < INSTANCES; i += 1) kept.push(create());
  gc();
  const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  return Math.round((after - before) / (kept.length - 1));
}

const bare: Execute = (work) => work();
const peer = opossum();
const cockatielPeer = cockatiel();
const cockatielPeerInARow = cockatielInARow();
const closedContenders: Record<string, Execute> = {
  'no breaker': bare,
  ours: ours().execute,
  'ours with metrics': ours(circuitBreakerEvents({ log })).execute,
  opossum: (work) => peer.fire(work),
  cockatiel: (work) => cockatielPeer.execute(work),
  'cockatiel, in a row': (work) => cockatielPeerInARow.execute(work),
};
const closed = await compare(closedContenders, (execute) => timed(execute, CALLS));

const openOurs = ours();
openOurs.force('forced_open', 3_600_000, 'benchmark');
const openMeasured = ours(circuitBreakerEvents({ log }));
openMeasured.force('forced_open', 3_600_000, 'benchmark');
const openOpossum = opossum();
openOpossum.open();
const openCockatiel = cockatielInARow();
for (let i = 0; i < 5; i += 1) await openCockatiel.execute(fail).catch(quiet);
const rejected = await compare(
  {
    ours: openOurs.execute,
    'ours with metrics': openMeasured.execute,
    opossum: (work) => openOpossum.fire(work),
    cockatiel: (work) => openCockatiel.execute(work),
  },
  timedRejections,
);

const running: Opossum[] = [];
const bytes: Record<string, number> = {
  ours: bytesEach(() => ours()),
  opossum: bytesEach(() => {
    const breaker = opossum();
    running.push(breaker);
    return breaker;
  }),
  cockatiel: bytesEach(cockatiel),
};
for (const breaker of [peer, openOpossum, ...running]) breaker.shutdown();
clock.stop();

const direct = closed['no breaker'] ?? 0;
const added = (name: string) => (closed[name] ?? 0) - direct;
console.table(
  Object.fromEntries(
    Object.keys(closed).map((name) => [
      name,
      {
        'closed call, µs': closed[name]?.toFixed(3),
        'added, µs': added(name).toFixed(3),
        'rejection, µs': rejected[name]?.toFixed(3) ?? '',
        'bytes each': bytes[name] ?? '',
      },
    ]),
  ),
);
const broken = [
  added('ours') > 1 && 'a closed call costs more than 1 µs',
  added('ours') > added('opossum') && 'opossum is cheaper',
  // A tenth is the noise of a machine that is not ours alone.
  added('ours') > added('cockatiel') * 1.1 && 'cockatiel is cheaper',
].filter((fault) => fault !== false);
for (const fault of broken) console.error(`Broken: ${fault}.`);
process.exitCode = broken.length === 0 ? 0 : 1;
