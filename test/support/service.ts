import { mkdtempSync, rmSync } from 'node:fs';
import { Writable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '#src/compose.ts';
import { loadConfig } from '#src/config.ts';
import { underContract } from './contract.ts';
import { testDatabase } from './database.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { unlimited } from './unlimited.ts';
import { until } from './until.ts';

export interface TestService {
  url: string;
  metricsUrl: string;
  databaseUrl: string;
  /** Of an administrator; empty where nobody is asked who they are. */
  adminKey: string;
  /** Lines that were logged. */
  log: string[];
  /** Between the service and its database. */
  proxy: FaultProxy;
  /**
   * Ends a fault, and waits until nothing is left of it: a probe that failed meanwhile, or a connection of the
   * pool that is dead and not found out, would fail the next test.
   */
  recover: () => Promise<void>;
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  send: (path: string, init: RequestInit) => Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed JSON, or undefined. */
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/**
 * The real service on ports of its own and a database of its own, for one `describe`: real HTTP,
 * real PostgreSQL, real threads.
 *
 * @param query of its DATABASE_URL
 */
export function testService(
  env: Record<string, string> = {},
  query: Record<string, string> = {},
): TestService {
  const database = testDatabase();
  const service = { log: [] as string[] } as TestService;
  let stop: () => Promise<void> = () => Promise.resolve();
  let release = () => {};
  let dataDir = '';

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'sono-service-'));
    const databaseUrl = new URL(database.url);
    service.proxy = await startFaultProxy({ port: Number(databaseUrl.port) });
    databaseUrl.port = String(service.proxy.port);
    for (const [name, value] of Object.entries(query)) databaseUrl.searchParams.set(name, value);
    const running = await start(
      loadConfig({
        APP_ENV: 'testing',
        LOG_LEVEL: 'INFO',
        API_HOST: '127.0.0.1',
        API_PORT: '0',
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: '0',
        DATABASE_URL: databaseUrl.href,
        DATA_DIR: dataDir,
        SHUTDOWN_LEAD_SECONDS: '0',
        // Each thread of the engine takes two thirds of a second to start.
        MAX_CONCURRENT_ASSESSMENTS: '1',
        ...unlimited,
        ...env,
      }),
      new AbortController().signal,
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          service.log.push(...chunk.toString().trim().split('\n'));
          done();
        },
      }),
    );
    stop = () => running.stop({ lead: false });
    service.adminKey = running.adminKey?.text ?? '';
    service.url = `http://127.0.0.1:${running.apiPort}`;
    release = underContract(service.url);
    service.metricsUrl = `http://127.0.0.1:${running.metricsPort}`;
    service.databaseUrl = database.url;
  });
  after(async () => {
    await service.proxy.set({ kind: 'pass' });
    await stop();
    release();
    await service.proxy.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  service.send = async (path, init) => {
    const response = await fetch(new URL(path, service.url), { redirect: 'manual', ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
  service.recover = async () => {
    const probedAt = async () => {
      const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
      return Number(
        /^component_last_success_timestamp_seconds\{component="database"\} (\S+)$/m.exec(
          metrics,
        )?.[1] ?? 0,
      );
    };
    await service.proxy.set({ kind: 'pass' });
    const before = await probedAt();
    await until(async () => (await probedAt()) > before);
    await until(async () => {
      const reads = Array.from({ length: 12 }, () => service.get('/api/v1/candidates'));
      const statuses = (await Promise.all(reads)).map(({ status }) => status);
      const { json } = await service.get('/api/v1/status/system');
      const { state } = json.circuit_breakers.postgres_service;
      return statuses.every((status) => status === 200) && state === 'closed';
    });
    // Once it is connected anew, a process without Redis ends its own copies: not in the middle of the next test.
    await until(async () => {
      const sessions = `select 1 from pg_stat_activity where application_name = 'sono-eval-session'
        and datname = current_database() and state = 'idle' and query ~ '^(listen|select 1)'`;
      return (await database.db.em().execute<unknown[]>(sessions)).length > 0;
    });
  };
  service.get = (path, headers = {}) => service.send(path, { headers });
  service.post = (path, body, headers = {}) =>
    service.send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return service;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
