/** A service with a fault, the Prometheus that watches it, and the shell of the operator who reads the runbooks. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { startLoggedService, type LoggedService } from './logged-service.ts';
import { createOperatorShell, type OperatorShell } from './operator-shell.ts';
import type { RedisServer } from './redis-server.ts';
import type { RunbookPage } from './runbook-pages.ts';
import { until } from './until.ts';
import { startWatchingPrometheus, type WatchingPrometheus } from './watching-prometheus.ts';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

export interface RunbookRig {
  service: LoggedService;
  prometheus: WatchingPrometheus;
  shell: OperatorShell;
  /** Between the service and PostgreSQL, and between it and Redis. */
  database: FaultProxy;
  redis: FaultProxy;
  /** How many requests were answered with a 5xx. */
  failed(): number;
  /** From now on: what was logged and what failed before is not known any more. */
  forget(): void;
  /** Asks the service; what fails is an answer, too. */
  ask(path: string, init?: RequestInit): Promise<void>;
  /** Asks as `traffic` does, until Prometheus has seen each of these alerts since then, pending or firing. */
  untilAlerts(names: readonly string[], traffic: () => Promise<unknown>): Promise<void>;
  /** Twice since the first assessment: enough for a rate. */
  untilScraped(): Promise<void>;
  stop(): Promise<void>;
}

export interface RigOptions {
  databaseUrl: string;
  /** Used by the service; by default none. */
  redis?: RedisServer;
  /** Of the service; a file that it names in `dir` is its own. */
  env?: (dir: string) => Record<string, string>;
  /** Who else is scraped. */
  targets?: Record<string, string[]>;
  /** `host:port`. */
  blackbox?: string;
  /** `host:port`, and the file of its log. */
  alertmanager?: { address: string; log: string };
}

export async function startRunbookRig(options: RigOptions): Promise<RunbookRig> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'sono-eval-runbooks-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  mkdirSync(join(dir, 'data'));
  const databaseUrl = new URL(options.databaseUrl);
  const database = await startFaultProxy({ port: Number(databaseUrl.port) });
  stack.defer(() => database.close());
  databaseUrl.port = String(database.port);
  const redis = await startFaultProxy({ port: options.redis?.port ?? 1 });
  stack.defer(() => redis.close());
  const log = join(dir, 'api.log');
  writeFileSync(log, '');
  const service = await startLoggedService(log, {
    DATABASE_URL: databaseUrl.href,
    DATA_DIR: join(dir, 'data'),
    ...(options.redis === undefined
      ? {}
      : { REDIS_URL: `redis://:${options.redis.password}@127.0.0.1:${redis.port}/0` }),
    ...options.env?.(dir),
  });
  stack.defer(() => service.stop());
  const { blackbox = NOWHERE, alertmanager } = options;
  const prometheus = await startWatchingPrometheus(join(dir, 'etc'), {
    targets: {
      api: [service.metricsTarget],
      'api-probe': [`${service.apiUrl}/api/v1/status/readiness`],
      ...options.targets,
    },
    blackbox,
  });
  stack.defer(() => prometheus.stop());
  const alertmanagerAddress = alertmanager?.address ?? NOWHERE;
  const shell = await createOperatorShell(join(dir, 'shell'), {
    places: {
      'localhost:9464': service.metricsTarget,
      'localhost:9093': alertmanagerAddress,
      'localhost:9115': blackbox,
      'http://api:8000': service.apiUrl,
      '/proc/1/': `/proc/${service.pid()}/`,
    },
    addresses: {
      API: service.apiUrl,
      PROMETHEUS: prometheus.url,
      ALERTMANAGER: `http://${alertmanagerAddress}`,
    },
    env: service.env,
    logs: {
      api: log,
      prometheus: prometheus.log,
      ...(alertmanager === undefined ? {} : { alertmanager: alertmanager.log }),
    },
    etc: prometheus.etc,
    databaseUrl: options.databaseUrl,
    ...(options.redis === undefined ? {} : { redis: options.redis }),
  });

  let failed = 0;
  const running = stack.move();
  return {
    service,
    prometheus,
    shell,
    database,
    redis,
    failed: () => failed,
    forget() {
      failed = 0;
      truncateSync(log);
    },
    async ask(path, init) {
      const response = await fetch(service.apiUrl + path, init);
      await response.arrayBuffer();
      if (response.status >= 500) failed += 1;
    },
    async untilAlerts(names, traffic) {
      const from = performance.now();
      await until(async () => {
        await traffic();
        const range = Math.ceil(performance.now() - from);
        const counts = await Promise.all(
          names.map((name) =>
            prometheus.query(`count_over_time(ALERTS{alertname="${name}"}[${range}ms])`),
          ),
        );
        const missing = names.filter((_, i) => counts[i] === 0);
        if (missing.length > 0) throw new Error(`No alert: ${missing.join(', ')}`);
      });
    },
    async untilScraped() {
      const twice = 'count_over_time(assessments_total[1m]) >= 2';
      await until(async () => (await prometheus.query(twice)) > 0);
    },
    stop: () => running.disposeAsync(),
  };
}

/** A command whose exit code says what it found: 1, and this in its output. */
export type Findings = Record<string, RegExp>;

/** Runs what the page tells, all at once. @returns a sentence for each that fails or says nothing */
export async function faultsOf(
  { shell, prometheus }: Pick<RunbookRig, 'shell' | 'prometheus'>,
  { name, commands, queries }: Pick<RunbookPage, 'name' | 'commands' | 'queries'>,
  findings: Findings = {},
): Promise<string[]> {
  const run = async (command: string) => {
    const { code, stdout, stderr } = await shell.run(command);
    const finding = findings[command];
    if (finding !== undefined && code === 1 && finding.test(stdout + stderr)) return [];
    const faults = [
      ...(code === 0 ? [] : [`ends with ${code}`]),
      ...(stdout.trim() === '' ? ['prints nothing'] : []),
      ...(stderr === '' ? [] : [`says: ${stderr.trim()}`]),
    ];
    return faults.length === 0 ? [] : [`${name}: ${command}\n  ${faults.join('\n  ')}`];
  };
  const ask = async (query: string) => {
    const series = await prometheus.query(query);
    return series > 0 ? [] : [`${name}: ${query}\n  has no series`];
  };
  return (await Promise.all([...commands.map(run), ...queries.map(ask)])).flat();
}
