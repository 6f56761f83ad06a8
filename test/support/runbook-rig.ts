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
  ask(path: string, init?: RequestInit): Promise<string>;
  /** Does `asking` until Prometheus has seen each of these alerts since then, pending or firing. */
  untilAlerts(names: readonly string[], asking: () => Promise<unknown>): Promise<void>;
  /** That, once more. */
  traffic(): Promise<unknown>;
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
  /** Makes a service of its own in an empty folder; by default the one under test. */
  copy?: (folder: string) => void;
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
  const copy = options.copy === undefined ? undefined : join(dir, 'copy');
  if (copy !== undefined) {
    mkdirSync(copy);
    options.copy?.(copy);
  }
  const env = {
    DATABASE_URL: databaseUrl.href,
    DATA_DIR: join(dir, 'data'),
    ...(options.redis === undefined
      ? {}
      : { REDIS_URL: `redis://:${options.redis.password}@127.0.0.1:${redis.port}/0` }),
    ...options.env?.(dir),
  };
  const service = await startLoggedService(log, env, copy);
  stack.defer(() => service.stop());
  // Nobody is asked for it here; an operator's shell reads it all the same.
  mkdirSync(join(dir, 'data'), { recursive: true });
  writeFileSync(join(dir, 'data', 'admin.key'), 'se_key\n');
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
      '/app/data': join(dir, 'data'),
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
  let traffic: () => Promise<unknown> = () => Promise.resolve();
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
      if (response.status >= 500) failed += 1;
      return response.text();
    },
    traffic: () => traffic(),
    async untilAlerts(names, asking) {
      traffic = asking;
      const from = performance.now();
      await until(async () => {
        await traffic();
        const range = Math.ceil(performance.now() - from);
        const counts = await Promise.all(
          names.map((name) =>
            prometheus.query(`count_over_time(ALERTS{alertname="${name}"}[${range}ms])`),
          ),
        );
        const missing = names.filter((_, i) => counts[i]?.length === 0);
        if (missing.length > 0) throw new Error(`No alert: ${missing.join(', ')}`);
      });
    },
    async untilScraped() {
      const twice = 'count_over_time(assessments_total[1m]) >= 2';
      await until(async () => (await prometheus.query(twice)).length > 0);
    },
    stop: () => running.disposeAsync(),
  };
}

/** A command whose exit code says what it found: 1, and this in its output. */
export type Findings = Record<string, RegExp>;

/**
 * Scrapes of the service until a query that has no series is a fault, since on a busy machine many of them fail;
 * where there is no service, scrapes that Prometheus makes of itself, a second apart.
 */
const SCRAPES = { api: 3, prometheus: 30 };

/** Runs what the page tells, all at once. @returns a sentence for each that fails or says nothing */
export async function faultsOf(
  rig: Pick<RunbookRig, 'shell' | 'prometheus' | 'traffic'>,
  { name, commands, queries }: Pick<RunbookPage, 'name' | 'commands' | 'queries'>,
  findings: Findings = {},
): Promise<string[]> {
  const { shell, prometheus } = rig;
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
  const unanswered = async (asked: readonly string[]) => {
    const answers = await Promise.all(asked.map((query) => prometheus.query(query)));
    return asked.filter((_, i) => answers[i]?.length === 0);
  };
  const scrapes = async (job: keyof typeof SCRAPES) => {
    const [count] = await prometheus.query(`sum_over_time(up{job="${job}"}[1d])`);
    return count ?? 0;
  };
  const ask = async () => {
    let missing = await unanswered(queries);
    if (missing.length === 0) return [];
    const api = (await scrapes('api')) + SCRAPES.api;
    const own = (await scrapes('prometheus')) + SCRAPES.prometheus;
    await until(async () => {
      if ((await scrapes('api')) > api || (await scrapes('prometheus')) > own) return true;
      await rig.traffic();
      missing = await unanswered(missing);
      return missing.length === 0;
    });
    return missing.map((query) => `${name}: ${query}\n  has no series`);
  };
  return (await Promise.all([...commands.map(run), ask()])).flat();
}
