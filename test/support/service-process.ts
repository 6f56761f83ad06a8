/** The service as a process of its own, so that its metrics are of nothing else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inherited } from './child-environment.ts';
import { underContract } from './contract.ts';
import { killChild } from './started-process.ts';
import { unlimited } from './unlimited.ts';

export interface ServiceProcess {
  apiUrl: string;
  /** `host:port` to scrape. */
  metricsTarget: string;
  /** SIGSTOP suspends it, SIGCONT wakes it. */
  signal(name: NodeJS.Signals): void;
  /** Its exit code, once it has ended. */
  exited: Promise<number | null>;
  pid: number;
  stop(): Promise<void>;
}

const GRACE_MS = 5000;

/** @throws {Error} with what it printed, when it ends instead of getting ready */
export async function startServiceProcess(env: Record<string, string>): Promise<ServiceProcess> {
  // A test run that is killed takes it along.
  const args = ['--import', './telemetry/start.ts', 'src/main.ts', '--end-with-parent'];
  const child = spawn(process.execPath, args, {
    env: {
      ...inherited,
      API_HOST: '127.0.0.1',
      API_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      SHUTDOWN_LEAD_SECONDS: '0',
      LOG_LEVEL: 'CRITICAL',
      // Whatever the level, the addresses are announced.
      LOG_FORMAT: 'pretty',
      ...unlimited,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
    process.stderr.write(chunk);
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const seen: string[] = [];
  const found: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line);
    const [, name, address] = /^ +(API|Metrics) +http:\/\/(\S+)$/.exec(line) ?? [];
    if (name !== undefined && address !== undefined) found[name] = address;
    if (line.startsWith('Ctrl-C')) break;
  }
  const { API: api, Metrics: metrics } = found;
  if (api === undefined || metrics === undefined) {
    const [code, signal] = [child.exitCode, child.signalCode];
    await killChild(child);
    throw new Error(
      `The service did not start (${signal ?? code}):\n${seen.join('\n')}\n${complaints}`,
    );
  }
  const release = underContract(`http://${api}`);
  // A full pipe would hold it.
  child.stdout.resume();
  return {
    apiUrl: `http://${api}`,
    metricsTarget: metrics.replace('/metrics', ''),
    signal: (name) => void child.kill(name),
    exited,
    pid: child.pid ?? 0,
    async stop() {
      release();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exit;
      clearTimeout(timer);
    },
  };
}
