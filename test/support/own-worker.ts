import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inherited } from './child-environment.ts';
import { unlimited } from './unlimited.ts';

/** A process that works jobs off. @param env where its database is, and what else is not the default */
export function spawnWorker(env: Record<string, string>): ChildProcess {
  const args = ['--import', './telemetry/start.ts', 'src/worker.ts', '--end-with-parent'];
  return spawn(process.execPath, args, {
    env: {
      ...inherited,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      LOG_LEVEL: 'CRITICAL',
      ...unlimited,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The same, once it takes jobs. @throws {Error} when it ends before */
export async function startWorker(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawnWorker({ ...env, LOG_LEVEL: 'INFO', LOG_FORMAT: 'json' });
  if (child.stdout === null) throw new Error('It has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('The worker is ready')) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error('The worker did not start.');
}
