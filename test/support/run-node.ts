import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Run {
  child: ChildProcess;
  /** Settles when the process has ended. */
  result: Promise<{ code: number | null; stdout: string; stderr: string; ms: number }>;
}

/** Node with these arguments in the project's folder; its OTEL_* variables are the given ones only. */
export function runNode(args: string[], env: Record<string, string | undefined> = {}): Run {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL|NODE_OPT)/.test(name));
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const finished = async () => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr, ms: performance.now() - start };
  };
  return { child, result: finished() };
}

const preload = ['--import', './telemetry/start.ts'];

/** Runs a module given as text, with the preload. */
export function runPreloaded(source: string, env: Record<string, string | undefined> = {}): Run {
  return runNode([...preload, '--input-type=module-typescript', '--eval', source], env);
}

export function runFilePreloaded(file: string, env: Record<string, string | undefined> = {}): Run {
  return runNode([...preload, file], env);
}
