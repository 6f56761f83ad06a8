import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { until } from '../support/until.ts';
import { unlimited } from '../support/unlimited.ts';

export interface Started {
  url: string;
  /** Milliseconds from spawn to ready. */
  readyMs: number;
  stop: () => Promise<void>;
  pid: number;
}

export function stopper(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  };
}

export async function startBareKoa(answer: string): Promise<Started> {
  const child = spawn(process.execPath, ['test/bench/bare-koa.ts', answer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const startedAt = performance.now();
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const readyMs = performance.now() - startedAt;
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    readyMs,
    stop: stopper(child),
    pid: child.pid ?? 0,
  };
}

/**
 * The service as it is started for real. Its log goes to /dev/null: read by the process that makes
 * the load, a full pipe would stop the service, and the reader would be measured.
 */
export async function startService(env: Record<string, string>): Promise<Started> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', './telemetry/start.ts', 'src/main.ts'], {
    env: {
      ...process.env,
      API_HOST: '127.0.0.1',
      API_PORT: String(port),
      METRICS_PORT: '0',
      ...unlimited,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/api/v1/status/readiness`)).ok);
  const readyMs = performance.now() - startedAt;
  return { url, readyMs, stop: stopper(child), pid: child.pid ?? 0 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
