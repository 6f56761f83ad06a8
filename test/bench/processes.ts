import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Started {
  url: string;
  /** Milliseconds from spawn to ready. */
  readyMs: number;
  stop: () => Promise<void>;
}

async function started(
  child: ChildProcess,
  pattern: RegExp,
): Promise<{ match: string; readyMs: number }> {
  const startedAt = performance.now();
  let output = '';
  child.stdout?.setEncoding('utf8');
  for (;;) {
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [string];
    output += chunk;
    const match = pattern.exec(output)?.[1];
    if (match === undefined) continue;
    child.stdout?.resume();
    return { match, readyMs: performance.now() - startedAt };
  }
}

function stopper(child: ChildProcess): () => Promise<void> {
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
  const { match, readyMs } = await started(child, /^(\d+)\n/);
  return { url: `http://127.0.0.1:${match}`, readyMs, stop: stopper(child) };
}

/** The service as it is started for real, its log to a pipe. */
export async function startService(env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, ['--import', './telemetry/start.ts', 'src/main.ts'], {
    env: { ...process.env, API_HOST: '127.0.0.1', API_PORT: '0', METRICS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { match, readyMs } = await started(child, /API {6}(http:\S+)/);
  return { url: match, readyMs, stop: stopper(child) };
}
