/**
 * Whether a candidate is told later of what belongs to another than of what does not exist, 500 requests of each in
 * turn, cached and not: `node --import ./telemetry/start.ts test/chaos/not-found-times.ts [tries]`. Needs a machine
 * without other work. Prints a line for each promise and exits with 1 when one is broken.
 */
import { randomUUIDv7 } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownService } from '#test/support/own-service.ts';
import { openPromises } from './promises.ts';

const tries = Number(process.argv[2] ?? 500);
const APART_MS = 1;
/** A result that takes long to read: three hundred functions. */
const code = Array.from(
  { length: 300 },
  (_, n) =>
    `def step_${n}(value):\n    if value > ${n}:\n        return value - ${n}\n    return value\n`,
).join('\n');

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function measure(name: string, env: Record<string, string>): Promise<void> {
  const service = await ownService(cleanup, { AUTH_REQUIRED: 'true', ...env });
  const admin = readFileSync(join(service.dataDir, 'admin.key'), 'utf8').trim();
  const create = async (path: string, body: object) => {
    const answer = await fetch(`${service.apiUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': admin },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(`${path} was answered ${answer.status}.`);
    return (await answer.json()) as Record<string, string>;
  };
  const { assessment_id: foreign } = await create('/assessments', {
    candidate_id: 'bob',
    content: { code },
  });
  await create('/assessments', { candidate_id: 'ada', content: { code: 'x = 1\n' } });
  const { key = '' } = await create('/api-keys', {
    name: 'ada',
    role: 'candidate',
    candidate_id: 'ada',
  });
  const paths: Record<string, [string, () => string]> = {
    assessment: [`/assessments/${foreign}`, () => `/assessments/assess_${randomUUIDv7()}`],
    dashboard: [
      `/assessments/${foreign}/dashboard`,
      () => `/assessments/assess_${randomUUIDv7()}/dashboard`,
    ],
    candidate: ['/candidates/bob', () => `/candidates/nobody-${randomUUIDv7()}`],
    stats: ['/candidates/bob/stats', () => `/candidates/nobody-${randomUUIDv7()}/stats`],
    export: ['/candidates/bob/export', () => `/candidates/nobody-${randomUUIDv7()}/export`],
  };
  for (const [what, [theirs, unknown]] of Object.entries(paths)) {
    const times = { theirs: [] as number[], unknown: [] as number[] };
    for (let i = 0; i < tries + 20; i += 1) {
      for (const [of, path] of [
        ['theirs', theirs],
        ['unknown', unknown()],
      ] as const) {
        const start = performance.now();
        const answer = await fetch(`${service.apiUrl}/api/v1${path}`, {
          headers: { 'X-API-Key': key },
        });
        await answer.arrayBuffer();
        const ms = performance.now() - start;
        if (answer.status !== 404) throw new Error(`${path} was answered ${answer.status}.`);
        // The first ones warm up the process.
        if (i >= 20) times[of].push(ms);
      }
    }
    const [theirMs, unknownMs] = [median(times.theirs), median(times.unknown)];
    report(
      `${what}, ${name}: medians of ${tries} less than ${APART_MS} ms apart`,
      Math.abs(theirMs - unknownMs) < APART_MS,
      `foreign ${theirMs.toFixed(2)} ms, unknown ${unknownMs.toFixed(2)} ms`,
    );
  }
}

try {
  await measure('cache off', { CACHE_ENABLED: 'false' });
  await measure('cache on', {});
} finally {
  await cleanup.disposeAsync();
}
process.exit(broken() === 0 ? 0 : 1);
