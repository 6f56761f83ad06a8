/** The service as compose runs it: a process whose log is a file, with the same addresses after each start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { inherited } from './child-environment.ts';
import { freePort } from './free-port.ts';
import { killChild } from './started-process.ts';
import { unlimited } from './unlimited.ts';
import { until } from './until.ts';

export interface LoggedService {
  apiUrl: string;
  /** `host:port` to scrape. */
  metricsTarget: string;
  env: Record<string, string>;
  /** Of the process that runs now. */
  pid(): number;
  log(): Record<string, unknown>[];
  /** An error that nobody catches; resolves when it is gone. */
  crash(): Promise<void>;
  /** Again, after a crash; resolves when it is ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Something to crash by. */
const CRASH = `data:text/javascript,process.on('SIGUSR2',()=>{throw new TypeError('a defect')})`;

/**
 * @param file absolute: where the lines of every start are added
 * @param cwd folder of the service
 */
export async function startLoggedService(
  file: string,
  env: Record<string, string>,
  cwd = process.cwd(),
): Promise<LoggedService> {
  const ports = { API_PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
  const settings = {
    API_HOST: '127.0.0.1',
    METRICS_HOST: '127.0.0.1',
    SHUTDOWN_LEAD_SECONDS: '0',
    LOG_FORMAT: 'json',
    ...unlimited,
    ...ports,
    ...env,
  };
  const args = ['--import', './telemetry/start.ts', '--import', CRASH, 'src/main.ts'];
  let child: ChildProcess | undefined;
  const log = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  const start = async () => {
    const out = openSync(file, 'a');
    const started = spawn(process.execPath, args, {
      cwd,
      env: {
        ...inherited,
        ...settings,
      },
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    child = started;
    await until(() => {
      if (started.exitCode !== null) throw new Error(`It ended:\n${readFileSync(file, 'utf8')}`);
      return log().some((line) => line['process.pid'] === started.pid);
    });
  };
  await start();
  return {
    apiUrl: `http://127.0.0.1:${ports.API_PORT}`,
    metricsTarget: `127.0.0.1:${ports.METRICS_PORT}`,
    env: settings,
    pid: () => child?.pid ?? 0,
    log,
    async crash() {
      if (child === undefined) return;
      const exit = once(child, 'exit');
      child.kill('SIGUSR2');
      await exit;
    },
    start,
    async stop() {
      if (child !== undefined) await killChild(child);
    },
  };
}
