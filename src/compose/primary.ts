/**
 * The process that starts `WEB_CONCURRENCY` others behind one port and answers no request itself. It has what there is
 * once: the embedded database, the metrics port, standard output, and where there is no Redis the counts of the
 * limiter. The port is its own as well, so a connection that waits is not lost with a process.
 */
import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Family } from '#telemetry/exposition.ts';
import type { RootLogger } from '#telemetry/logger.ts';
import { collectFamilies, metricsFailed, writeMetrics } from '#telemetry/metrics.ts';
import { startProcessMetrics } from '#telemetry/metrics-process.ts';
import { isForPeople } from '#telemetry/pretty-line.ts';
import { crash, telemetry } from '#telemetry/start.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Handlers } from '../cluster/channel.ts';
import type { ServingFacts, Welcome } from '../cluster/member.ts';
import { createProcesses, type Child, type Member, type Processes } from '../cluster/processes.ts';
import { createScrape, type Scrape } from '../cluster/scrape.ts';
import { createSharedLimits } from '../cluster/shared-limits.ts';
import { wireOf } from '../cluster/wire.ts';
import type { Config } from '../config.ts';
import { startMetricsServer } from '../http/server/metrics-server.ts';
import { createMemoryStore } from '../resilience/rate-limit/memory-store.ts';
import { localEvictions, observeMemoryStore } from '../resilience/rate-limit/metrics.ts';
import { openDatabaseServer } from '../storage/database-server.ts';
import { after, systemClock as clock } from '../time/clock.ts';
import { openLog } from './log.ts';

/** What every process does after its grace: metrics, log, connections. */
const MARGIN_MS = 10_000;

export interface RunningPrimary {
  apiPort: number;
  metricsPort: number;
  dataDir: string;
  embedded: boolean;
  adminKey: ServingFacts['adminKey'];
  log: RootLogger;
  /** Rejects when processes keep ending; everything is stopped then. */
  failed: Promise<never>;
  /** @param options.lead keep serving while load balancers notice that readiness is gone */
  stop: (options: { lead: boolean }) => Promise<void>;
}

/** As `compose.ts` starts one process. @throws {ProcessFailed} when one ends before all serve */
export async function startPrimary(
  config: Config,
  signal: AbortSignal,
  logStream?: NodeJS.WritableStream,
  onLog?: (log: RootLogger) => void,
): Promise<RunningPrimary> {
  const cleanup = new AsyncDisposableStack();
  try {
    const log = openLog(config, { version: packageJson.version, now: clock.now }, logStream);
    onLog?.(log);
    cleanup.defer(() => log.close());
    if (crash !== null) cleanup.defer(crash.reportTo(log));
    startProcessMetrics(telemetry, false);
    const server = await openDatabaseServer(config.database, (line) => {
      log.debug('The embedded database wrote a line.', { component: 'postgres', line });
    });
    cleanup.defer(() => server.stop());
    const { dataDir, embedded } = server;
    const scrape = createScrape<Member>({
      own: () => collectFamilies(telemetry.collect),
      ask: ({ channel }) => channel.ask('metrics'),
      isServing: ({ isServing }) => isServing,
      failed: metricsFailed,
    });
    const metrics = await startMetricsServer({
      ...config.metrics,
      render: async (accept) => writeMetrics(await scrape.collect(), accept),
      log,
    });
    cleanup.defer(() => metrics.close());
    const env = environmentOf(config, embedded ? { url: server.url, dataDir } : null);
    const { processes, facts } = startProcesses(config, log, scrape, env);
    await startAll(processes, signal);
    const { apiPort, adminKey } = await facts;
    return {
      apiPort,
      metricsPort: metrics.port,
      dataDir,
      embedded,
      adminKey,
      log,
      failed: processes.failed.catch(async (error: unknown) => {
        await cleanup.disposeAsync();
        throw error;
      }),
      async stop({ lead }) {
        log.info('draining');
        await processes.stop(lead ? 'SIGTERM' : 'SIGINT');
        await cleanup.disposeAsync();
      },
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function startAll(processes: Processes, signal: AbortSignal): Promise<void> {
  const giveUp = () => void processes.stop('SIGINT');
  signal.addEventListener('abort', giveUp);
  try {
    await processes.start();
  } catch (error) {
    await processes.stop('SIGINT');
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function startProcesses(
  config: Config,
  log: RootLogger,
  scrape: Scrape<Member>,
  env: NodeJS.ProcessEnv,
): { processes: Processes; facts: Promise<ServingFacts> } {
  const facts = Promise.withResolvers<ServingFacts>();
  const memory = createMemoryStore({ onOverflow: () => localEvictions.inc({ kind: 'window' }) });
  observeMemoryStore(memory);
  const limits = createSharedLimits({ memory, monotonicMs: clock.monotonicMs });
  const handlersOf = (member: () => Member): Handlers => ({
    ...limits,
    welcome: (): Welcome => ({
      number: member().number,
      areServing: processes.members().some(({ isServing }) => isServing),
    }),
    facts: (told: ServingFacts) => facts.resolve(told),
    async tell(what: unknown) {
      const others = processes.members().filter((other) => other !== member());
      await Promise.allSettled(others.map(({ channel }) => channel.ask('told', what)));
    },
    last_metrics: (families: Family[]) => scrape.said(member(), families),
  });
  cluster.setupPrimary({
    // Metrics hold what JSON has no form for.
    serialization: 'advanced',
    // Lines of several processes in one pipe would be cut by each other.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const processes = createProcesses({
    count: config.api.processes,
    fork: () => childOf(cluster.fork(env), log),
    handlersOf,
    ...scrape,
    stopMs: config.shutdown.leadMs + config.shutdown.graceMs + MARGIN_MS,
    monotonicMs: clock.monotonicMs,
    after,
    log,
  });
  return { processes, facts: facts.promise };
}

/** Connections that a process holds beside its pool: probes, its session, a moment of migrations. */
const OTHER_CONNECTIONS = 4;
/** Of a server whose configuration nobody has changed. */
const SERVER_CONNECTIONS = 100;
const POOL = 10;

/** @param embedded the server that this process has started for all */
function environmentOf(
  { api: { processes }, log }: Config,
  embedded: { url: string; dataDir: string } | null,
): NodeJS.ProcessEnv {
  const { env } = process;
  const attributes = env['OTEL_RESOURCE_ATTRIBUTES'] ?? '';
  const isNamed = /(^|,)\s*service\.instance\.id\s*=/.test(attributes);
  const own = `service.instance.id=${telemetry.instanceId}`;
  const share = Math.floor(SERVER_CONNECTIONS / processes) - OTHER_CONNECTIONS;
  const pool = Math.max(1, Math.min(POOL, share));
  return {
    ...env,
    // They write to a pipe, and the primary to what may be a terminal.
    LOG_FORMAT: isForPeople(log.format, process.stdout) ? 'pretty' : 'json',
    // All of them are one instance: what is scraped, logged and traced of them has one name.
    OTEL_RESOURCE_ATTRIBUTES: isNamed ? attributes : [own, attributes].filter(Boolean).join(','),
    ...(embedded === null
      ? {}
      : { DATABASE_URL: `${embedded.url}?max_connections=${pool}`, DATA_DIR: embedded.dataDir }),
  };
}

function childOf({ process: child }: Worker, log: RootLogger): Child {
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => log.relay(`${line}\n`));
  }
  return {
    pid: child.pid ?? 0,
    wire: wireOf(child),
    kill: (signal) => void child.kill(signal),
    ended: endOf(child),
  };
}

/** Its output is read to its end, and its messages. */
async function endOf(child: ChildProcess): ReturnType<() => Child['ended']> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}
