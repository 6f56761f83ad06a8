import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findDebianTool } from './debian-tools.ts';
import { freePort } from './free-port.ts';
import { killChild } from './started-process.ts';

export interface RedisServer {
  port: number;
  password: string;
  url: string;
  /** SIGSTOP hangs it, SIGCONT wakes it. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** On the same port, empty; resolves when it takes connections. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A private Redis on a free port of 127.0.0.1, with a password, keeping nothing.
 *
 * @param options.config a file that says who may log in, instead of the password
 */
export async function startRedisServer(options: { config?: string } = {}): Promise<RedisServer> {
  const { path, env } = await findDebianTool('redis-server');
  const dir = mkdtempSync(join(tmpdir(), 'sono-eval-redis-'));
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const logins = options.config === undefined ? ['--requirepass', password] : [];
  const flags = `--port ${port} --bind 127.0.0.1 --appendonly no`;
  const file = options.config === undefined ? [] : [options.config];
  const args = [...file, ...flags.split(' '), ...logins, '--save', '', '--dir', dir];
  let child: ChildProcess | undefined;

  const start = async () => {
    child = spawn(path, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    for await (const line of lines) {
      if (line.includes('Ready to accept connections')) break;
    }
    if (child.exitCode !== null) throw new Error('redis-server did not start.');
    child.stdout?.resume();
  };
  const kill = async () => {
    if (child !== undefined) await killChild(child);
  };

  await start();
  return {
    port,
    password,
    url: `redis://:${password}@127.0.0.1:${port}/0`,
    signal: (name) => void child?.kill(name),
    kill,
    start,
    stop: async () => {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
