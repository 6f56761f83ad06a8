/**
 * Three times as many requests as the service can answer, from an open-loop generator in a process of its own:
 * `node --import ./telemetry/start.ts test/chaos/saturation.ts [seconds of overload]`.
 * Once submissions, the main job, whose work is in threads; once a page of a hundred candidates, whose work is in
 * the event loop. First finds the peak by rising rates, then asks for three times that, while liveness is asked on a
 * new connection every 150 ms. Prints a line for each promise and exits with 1 when one is broken.
 *
 * To refuse a request costs some 60 µs, of which Node's own part is half. So what a request costs decides what is left
 * for the others: three times the peak of requests of 2.5 ms takes a twentieth, of 0.9 ms a sixth.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figures } from './open-loop.ts';
import { openPromises } from './promises.ts';
import { ownService } from '#test/support/own-service.ts';
import { probing } from './probing.ts';

const seconds = Number(process.argv[2] ?? 60);
const STEP_SECONDS = 5;
const ROUNDS = 10;
const PROBE_EVERY_MS = 150;
const CANDIDATES = 100;
const run = promisify(execFile);
const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);

// Each request is to cost what its route costs.
const service = await ownService(cleanup, { CACHE_ENABLED: 'false' });
const code =
  'export function total_%d(prices: number[]): number {\n  let sum = 0;\n' +
  '  for (const price of prices) {\n    if (price < 0) throw new RangeError("price");\n    sum += price;\n  }\n  return sum;\n}\n';
const loads = [
  {
    name: 'submissions',
    path: '/api/v1/assessments',
    body: JSON.stringify({
      candidate_id: 'c-%d',
      content: { files: [{ path: 'total.ts', content: code }] },
    }),
  },
  { name: 'pages of candidates', path: '/api/v1/candidates?limit=100', body: undefined },
] as const;
type Load = (typeof loads)[number];

async function ask({ path, body }: Load, rate: number, forSeconds: number): Promise<Figures> {
  const url = `${service.apiUrl}${path}`;
  const args = ['test/chaos/open-loop.ts', url, String(rate), String(forSeconds)];
  if (body !== undefined) args.push(body);
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
  for (const load of loads) await overload(load);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;

/** A second. The rate at which the most is answered in time. */
async function peakRateOf(load: Load): Promise<number> {
  await ask(load, 20, STEP_SECONDS);
  let best = { goodput: 0, rate: 0 };
  // Twice in a row no more: once may be a pause of the machine.
  for (let rate = 100, worse = 0; worse < 2; rate = Math.ceil(rate * 1.25)) {
    const { goodput } = await ask(load, rate, STEP_SECONDS);
    process.stdout.write(`       ${load.name}: ${rate} a second: ${goodput} answered in time\n`);
    if (goodput < best.goodput * 1.03) worse += 1;
    else {
      best = { goodput, rate };
      worse = 0;
    }
  }
  return best.rate;
}

/** In turns, since a machine is not as fast at all times. */
async function overload(load: Load): Promise<void> {
  const rate = await peakRateOf(load);
  const probes = probing(`${service.apiUrl}/api/v1/status/liveness`, PROBE_EVERY_MS);
  const rounds: { peak: Figures; over: Figures }[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const peak = await ask(load, rate, seconds / ROUNDS);
    const over = await ask(load, 3 * peak.goodput, seconds / ROUNDS);
    rounds.push({ peak, over });
  }
  const alive = await probes.end();
  const overs = rounds.map(({ over }) => over);
  const sum = (of: (figures: Figures) => number) => overs.reduce((all, each) => all + of(each), 0);
  const peaks = rounds.map((each) => each.peak.goodput);
  const peak = Math.round(peaks.reduce((all, each) => all + each, 0) / ROUNDS);
  const goodput = Math.round(sum((each) => each.goodput) / ROUNDS);
  const share = Math.round((goodput / peak) * 100);
  const accepted = middle(overs.map(({ acceptedP99 }) => acceptedP99));
  const refused = middle(overs.map(({ shedP99 }) => shedP99));
  const [shed, strange] = [sum((each) => each.shed), sum((each) => each.strange)];
  report(
    `${sum(({ asked }) => asked)} ${load.name} at three times the peak (${peak}/s): goodput ≥ 90 %`,
    share >= 90,
    `${goodput}/s, ${share} %`,
  );
  report('accepted within 500 ms (p99)', accepted <= 500, `${accepted} ms`);
  report(
    'refused with 503 and Retry-After within 500 ms (p99)',
    shed > 0 && strange === 0 && refused <= 500,
    `${shed} in ${refused} ms, ${strange} otherwise`,
  );
  const errors = sum((each) => each.errors);
  report('no connection error', errors === 0, `${errors}`);
  report('no liveness probe over a second', alive.late === 0, alive.figures);
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
