/**
 * More bodies, connections and aborted uploads than there is room for:
 * `node --import ./telemetry/start.ts test/chaos/many-clients.ts [uploads] [sockets] [aborts]`.
 * The clients are processes of their own. Prints a line for each promise and exits with 1 when one is broken.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { until } from '#test/support/until.ts';
import type { Seen } from './raw-clients.ts';
import { openPromises } from './promises.ts';
import { ownService } from '#test/support/own-service.ts';
import { probe, probing } from './probing.ts';

const [, , uploads = '2000', sockets = '5000', aborts = '4000'] = process.argv;
/** What the process may grow by while large bodies come: what is held, several times over (text, parsed), and sockets. */
const UPLOAD_GROWTH_MB = 600;
const ABORT_GROWTH_MB = 20;
const SPARE_DESCRIPTORS = 5;

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const service = await ownService(cleanup);

const liveness = `${service.apiUrl}/api/v1/status/liveness`;
const descriptors = () => readdirSync(`/proc/${service.pid}/fd`).length;
function megabytes(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024);
}

async function clients(what: string, count: string): Promise<Seen> {
  const child = spawn(
    process.execPath,
    ['test/chaos/raw-clients.ts', service.apiUrl, what, count],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  await probe(liveness);
  return JSON.parse(out) as Seen;
}

const told = ({ answers, ...rest }: Seen) =>
  `${Object.entries(answers)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')}; ${rest.reset} cut off, ${rest.hung} left hanging`;

try {
  // At first memory grows to what the work needs; then it must not.
  for (let n = 0; n < 2; n += 1) await clients('aborts', aborts);
  const calm = { descriptors: descriptors(), rss: megabytes('VmRSS') };
  const aborted = await clients('aborts', aborts);
  await until(() => descriptors() <= calm.descriptors + SPARE_DESCRIPTORS);
  const afterAborts = megabytes('VmRSS');
  report(
    `${aborts} uploads are broken off: descriptors are back`,
    aborted.hung === 0,
    `${calm.descriptors} before, ${descriptors()} after`,
  );
  report(
    `and memory, up to ${ABORT_GROWTH_MB} MB, after 8,000 before`,
    afterAborts - calm.rss <= ABORT_GROWTH_MB,
    `${calm.rss} MB before, ${afterAborts} after`,
  );

  const before = megabytes('VmRSS');
  let probes = probing(liveness, 150);
  const large = await clients('uploads', uploads);
  let alive = await probes.end();
  report(
    `${uploads} bodies of 10 MB at once: answered or refused`,
    large.hung === 0 &&
      Object.keys(large.answers).every((status) => ['201', '422', '503', '408'].includes(status)),
    told(large),
  );
  report(
    `the process grows by less than ${UPLOAD_GROWTH_MB} MB`,
    megabytes('VmHWM') - before < UPLOAD_GROWTH_MB,
    `${before} MB before, ${megabytes('VmHWM')} at most`,
  );
  report('and liveness on new connections is answered', alive.failed === 0, alive.figures);

  probes = probing(liveness, 150);
  const many = await clients('sockets', sockets);
  alive = await probes.end();
  report(
    `${sockets} sockets: each served, told so, or cut off`,
    many.hung === 0 && Object.keys(many.answers).every((status) => ['200', '503'].includes(status)),
    told(many),
  );
  // They stand behind the five thousand, of which one is accepted a turn.
  report('and liveness on new connections is answered', alive.failed === 0, alive.figures);
  await until(() => descriptors() <= calm.descriptors + SPARE_DESCRIPTORS);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
