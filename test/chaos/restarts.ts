/**
 * Rolling restarts under load, behind the balancer of the tests or HAProxy:
 * `node --import ./telemetry/start.ts test/chaos/restarts.ts [haproxy|plain] [requests]`.
 * Three processes; thirty clients that keep their connections, every fourth request a POST. One process after the
 * other gets SIGTERM and is replaced once it has ended, until so many requests were answered. Nothing in between
 * repeats a request. Prints a line for each promise and exits with 1 when one is broken.
 */
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { startBalancer } from '#test/support/balancer.ts';
import { freePort } from '#test/support/free-port.ts';
import { startServiceProcess, type ServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';
import { openPromises } from './promises.ts';
import { ownHaproxy } from './own-haproxy.ts';
import { ownDatabase } from '#test/support/own-service.ts';
import { query } from '#test/support/query.ts';

const [, , kind = 'haproxy', requests = '100000'] = process.argv;
const CLIENTS = 30;
const REPLICAS = 3;
const POST_EVERY = 4;
/** More than a balancer needs to notice: it looks every 200 ms, and a look may take a second. */
const LEAD_SECONDS = '2';

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const database = await ownDatabase(cleanup);

const ports = await Promise.all(Array.from({ length: REPLICAS }, freePort));
const begin = (port: number): Promise<ServiceProcess> =>
  startServiceProcess({
    APP_ENV: 'testing',
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    API_PORT: String(port),
    SHUTDOWN_LEAD_SECONDS: LEAD_SECONDS,
  });

async function plain(): Promise<string> {
  const balancer = await startBalancer();
  cleanup.defer(() => balancer.close());
  for (const port of ports) balancer.targets.add(`http://127.0.0.1:${port}`);
  await until(() => balancer.ready.size === REPLICAS);
  return balancer.url;
}

const failures = new Map<string, number>();
const fail = (what: string) => failures.set(what, (failures.get(what) ?? 0) + 1);
let answered = 0;
let posted = 0;
let sent = 0;

async function ask(url: string, agent: Agent): Promise<void> {
  const n = (sent += 1);
  const isPost = n % POST_EVERY === 0;
  const options = isPost
    ? { method: 'POST', headers: { 'Content-Type': 'application/json' } }
    : { method: 'GET' };
  const path = isPost ? '/api/v1/candidates' : '/api/v1/candidates/nobody';
  const asked = request(url + path, { ...options, agent });
  asked.end(isPost ? JSON.stringify({ candidate_id: `posted-${n}` }) : undefined);
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    answered += 1;
    if (response.statusCode === (isPost ? 201 : 404)) posted += isPost ? 1 : 0;
    else fail(`${isPost ? 'POST' : 'GET'} ${response.statusCode}`);
  } catch (error) {
    fail(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}

try {
  const replicas = await Promise.all(ports.map(begin));
  cleanup.defer(async () => {
    await Promise.all(replicas.map((one) => one.stop()));
  });
  const url = await (kind === 'plain' ? plain() : ownHaproxy(cleanup, database.dataDir, ports));
  const ready = async (service: ServiceProcess) =>
    (await fetch(`${service.apiUrl}/api/v1/status/readiness`)).ok;
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const over = new AbortController();
  const load = Array.from({ length: CLIENTS }, async () => {
    while (!over.signal.aborted) await ask(url, agent);
  });
  let restarts = 0;
  let badExits = 0;
  while (answered < Number(requests)) {
    const n = restarts % REPLICAS;
    const old = replicas[n] as ServiceProcess;
    old.signal('SIGTERM');
    if ((await old.exited) !== 0) badExits += 1;
    const next = await begin(ports[n] as number);
    replicas[n] = next;
    await until(() => ready(next));
    // Until the balancer has noticed; the next one goes only then.
    const enough = answered + CLIENTS * 20;
    await until(() => answered >= enough);
    restarts += 1;
  }
  over.abort();
  await Promise.all(load);
  agent.destroy();
  const rows = await query<{ n: number }>(
    database.url,
    `select count(*)::int as n from candidates where id like 'posted-%'`,
  );
  const figures = [...failures].map(([what, count]) => `${count} × ${what}`).join(', ');
  report(
    `${answered} requests over ${restarts} restarts behind ${kind}: none fails`,
    failures.size === 0,
    figures,
  );
  report('each POST that was answered 201 is stored once', rows[0]?.n === posted, `${posted}`);
  report('each process ends by itself with 0', badExits === 0, `${badExits} did not`);
} finally {
  await cleanup.disposeAsync();
}
process.exitCode = broken() === 0 ? 0 : 1;
