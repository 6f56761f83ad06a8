/**
 * Three times as many requests as the service can answer, from an open-loop generator in a process of its own:
 * `node --import ./telemetry/start.ts test/chaos/saturation.ts [seconds of overload]`.
 * First finds the peak by rising rates, then asks for three times that, while liveness is asked on a new connection
 * every 150 ms. Prints a line for each promise and exits with 1 when one is broken. Two minutes with the default.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figures } from './open-loop.ts';
import { openPromises } from './promises.ts';
import { ownService } from './own-service.ts';
import { probing } from './probing.ts';

const seconds = Number(process.argv[2] ?? 60);
const STEP_SECONDS = 5;
const PROBE_EVERY_MS = 150;
const CANDIDATES = 100;
const run = promisify(execFile);
const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

// Each request is to cost what its route costs.
const service = await ownService(cleanup, { CACHE_ENABLED: 'false' });
const url = `${service.apiUrl}/api/v1/candidates?limit=100`;

async function ask(rate: number, forSeconds: number): Promise<Figures> {
  const args = ['test/chaos/open-loop.ts', url, String(rate), String(forSeconds)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as Figures;
}

try {
  for (let n = 0; n < CANDIDATES; n += 1) {
    const body = JSON.stringify({
      candidate_id: `c-${n}`,
      initial_data: { note: 'x'.repeat(200) },
    });
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${service.apiUrl}/api/v1/candidates`, { method: 'POST', headers, body });
  }
  await ask(100, STEP_SECONDS);
  let peak = 0;
  for (let rate = 100; ; rate = Math.ceil(rate * 1.25)) {
    const { goodput } = await ask(rate, STEP_SECONDS);
    process.stdout.write(`       ${rate} a second: ${goodput} answered in time\n`);
    if (goodput < peak * 1.03) break;
    peak = Math.max(peak, goodput);
  }
  const probes = probing(`${service.apiUrl}/api/v1/status/liveness`, PROBE_EVERY_MS);
  const { asked, goodput, ...seen } = await ask(3 * peak, seconds);
  const alive = await probes.end();
  const share = Math.round((goodput / peak) * 100);
  report(
    `${asked} requests at three times the peak (${peak}/s): goodput ≥ 90 %`,
    share >= 90,
    `${goodput}/s, ${share} %`,
  );
  report('accepted within 500 ms (p99)', seen.acceptedP99 <= 500, `${seen.acceptedP99} ms`);
  report(
    'refused with 503 and Retry-After within 500 ms (p99)',
    seen.shed > 0 && seen.strange === 0 && seen.shedP99 <= 500,
    `${seen.shed} in ${seen.shedP99} ms, ${seen.strange} otherwise`,
  );
  report('no connection error', seen.errors === 0, `${seen.errors}`);
  report('no liveness probe over a second', alive.late === 0, alive.figures);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
