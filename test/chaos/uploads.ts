/**
 * Uploads that are mutated, and uploads whose client leaves in the middle:
 * `node --import ./telemetry/start.ts test/chaos/uploads.ts [mutated] [aborted] [seed]`.
 * Prints a line for each promise and exits with 1 when one is broken.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  bodies,
  BOUNDARY,
  file,
  headOf,
  multipart,
  mutatedBodies,
} from '#test/features/files/hostile-uploads.ts';
import { unlimited } from '#test/support/unlimited.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownService } from '#test/support/own-service.ts';

const [, , mutatedText = '6000', abortedText = '4000', seedText = '20261129'] = process.argv;
const mutated = Number(mutatedText);
const aborted = Number(abortedText);
const seed = Number(seedText);
/** Fewer than are received at once, so that none is refused for lack of room. */
const AT_ONCE = 6;
/** The service gives up after 30 s. */
const HANGS_MS = 40_000;
const MOST_MORE_DESCRIPTORS = 5;
const MOST_MORE_MEMORY = 20;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const service = await ownService(cleanup, { ...unlimited, AUTH_REQUIRED: 'false' });
let exits = 0;
void service.exited.then(() => (exits += 1));

const statuses: Record<string, number> = {};
const faults = { failed: 0, hung: 0, first: '' };

const descriptors = () => readdirSync(`/proc/${service.pid}/fd`).length;
/** Resident, MB. */
const memory = () => {
  const [, kB] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8')) ?? [];
  return Number(kB) / 1024;
};
const incoming = join(service.dataDir, 'files', 'incoming');
const temporary = () => (existsSync(incoming) ? readdirSync(incoming).length : 0);

async function send(body: Buffer): Promise<void> {
  try {
    const answer = await fetch(`${service.apiUrl}/api/v1/files/upload`, {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: Uint8Array.from(body),
      signal: AbortSignal.timeout(HANGS_MS),
    });
    const text = await answer.text();
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (answer.status < 500) return;
    faults.failed += 1;
    if (faults.first === '') faults.first = `${text}\n${body.toString('latin1')}`;
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'TimeoutError') faults.hung += 1;
    else faults.failed += 1;
    if (faults.first === '') faults.first = `${name} ${message}\n${body.toString('latin1')}`;
  }
}

const large = multipart([file('large.py', '# a comment\n'.repeat(20_000))]);

/** Part of a body, and then nothing more of the client. */
function leave([which, at]: readonly [number, number]): Promise<void> {
  const body = [...bodies, large, large, large][which % (bodies.length + 3)] ?? large;
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(service.apiUrl).port), '127.0.0.1');
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.write(headOf(body.length));
    socket.write(body.subarray(0, at % body.length), () => socket.destroy());
  });
}

async function each<T>(all: readonly T[], atOnce: number, act: (one: T) => Promise<void>) {
  const rest = all.values();
  const work = async () => {
    for (const one of rest) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function abort(count: number, from: number): Promise<void> {
  const cuts = fc.sample(fc.tuple(fc.nat(), fc.nat()), { numRuns: count, seed: from });
  await each(cuts, 2 * AT_ONCE, leave);
}

try {
  for (const body of bodies) await send(body);
  await until(() => temporary() === 0);
  const before = descriptors();
  const isOver = () => temporary() === 0 && descriptors() <= before + MOST_MORE_DESCRIPTORS;
  // Until what is made once is there: code that is compiled, the pool, the heap at its size.
  await abort(2 * aborted, seed + 1);
  await until(isOver);
  const memoryBefore = memory();
  await abort(aborted, seed);
  await until(isOver);
  report(
    'aborted uploads leave no descriptor and no temporary file',
    isOver(),
    `${aborted} aborted, descriptors ${before} before, ${descriptors()} after, temporary files ${temporary()}`,
  );
  const memoryAfter = memory();
  report(
    `aborted uploads leave no memory, MB: at most ${MOST_MORE_MEMORY} more`,
    memoryAfter - memoryBefore < MOST_MORE_MEMORY,
    `${memoryBefore.toFixed(0)} before, ${memoryAfter.toFixed(0)} after`,
  );
  await each(fc.sample(mutatedBodies, { numRuns: mutated, seed }), AT_ONCE, send);
  report('mutated bodies: 0 times 5xx or a broken connection', faults.failed === 0, `${mutated}`);
  report('mutated bodies: none hangs', faults.hung === 0, JSON.stringify(statuses));
  await send(bodies[0] ?? Buffer.alloc(0));
  report('the service lives', exits === 0, `${exits} exits`);
  if (faults.first !== '') process.stdout.write(`${faults.first.slice(0, 2000)}\n`);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
