import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists, isAlive } from './data-dir-lock.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { startOrphanGuard } from './orphan-guard.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { explain, type Cluster } from './postgres-cluster.ts';

export interface ServerOptions {
  cluster: Cluster;
  binaries: PostgresBinaries;
  port: number;
  durable: boolean;
  log: (line: string) => void;
}

export interface Server {
  /** Resolves, with how it ended, once the process is gone. */
  exited: Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Fast shutdown, then immediate, then SIGKILL. */
  stop(): Promise<void>;
}

/** Crash recovery replays the log before the server is ready; pg_ctl waits as long. */
const startTimeoutMs = 60_000;
/** A fast shutdown ends with a checkpoint. */
const fastShutdownMs = 10_000;
const immediateShutdownMs = 3000;
/** For an init to collect the dead. */
const collectMs = 500;
const pollMs = 20;

/** @throws {EmbeddedPostgresError} with the server's last words when it does not come up */
export async function launchServer(options: ServerOptions, signal?: AbortSignal): Promise<Server> {
  const { cluster, binaries, log } = options;
  const guard = startOrphanGuard(cluster.uid);
  const child = guard.launch(binaries.postgres, serverArguments(options));
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (lastLines.push(line) > 8) lastLines.shift();
    log(line);
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, name) => resolve(name ?? `exit code ${code}`));
  });
  let gone = false;
  const isGone = () => gone;
  void exited.then(() => {
    gone = true;
    guard.end();
  });
  const server: Server = {
    exited,
    signal: (name) => void child.kill(name),
    stop: () => stopInSteps(isGone, (name) => void child.kill(name)),
  };

  const deadline = Date.now() + startTimeoutMs;
  while (!isGone() && !isReady(cluster.dir, child.pid)) {
    if (Date.now() > deadline || signal?.aborted) {
      await server.stop();
      break;
    }
    await sleep(pollMs);
  }
  if (!isGone()) return server;
  throw new EmbeddedPostgresError(
    `PostgreSQL did not start in ${cluster.dir} (${await exited}): ${explain(lastLines.join('\n'))}`,
  );
}

function serverArguments({ cluster, port, durable }: ServerOptions): string[] {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '',
    log_checkpoints: 'off',
    // Clients see their own errors; here they would only carry values from statements into the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    cluster.dir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** As pg_ctl does it: line 1 of the pid file is the process, line 8 its state. */
function isReady(dir: string, pid: number | undefined): boolean {
  const lines = readPidFile(dir);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

function readPidFile(dir: string): string[] {
  try {
    return readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/**
 * Shuts down the server of a service that was killed. Call it under the directory's lock, which
 * proves that the service is gone.
 * @throws {EmbeddedPostgresError} when it is not ours to stop
 */
export async function stopLeftover(dir: string, log: (line: string) => void): Promise<void> {
  const pid = Number(readPidFile(dir)[0]);
  if (!exists(pid)) return;
  const command = commandOf(pid);
  // Unknown command: PostgreSQL itself will refuse to start twice.
  if (command === undefined) return;
  if (command.includes(dir)) {
    log(`PostgreSQL (process ${pid}) was left behind by a killed service and is shut down first.`);
    const isGone = () => !isAlive(pid);
    await stopInSteps(isGone, (name) => void process.kill(pid, name));
    if (!isGone()) {
      throw new EmbeddedPostgresError(
        `PostgreSQL (process ${pid}) still runs on ${dir} and cannot be stopped: stop it first.`,
      );
    }
  }
  // A dead process has no command; its backends end, and its new parent collects it, in a moment.
  const isUnrelated = command !== '' && !command.includes(dir);
  const deadline = Date.now() + (isUnrelated ? 0 : collectMs);
  const isNamed = () => Number(readPidFile(dir)[0]) === pid && exists(pid);
  while (isNamed() && Date.now() < deadline) await sleep(pollMs);
  // An unrelated process, or a dead one that nobody collects (a container without an init):
  // PostgreSQL would take either for a running server.
  if (isNamed()) rmSync(join(dir, 'postmaster.pid'), { force: true });
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return status === 0 ? stdout.toString() : undefined;
  }
}

async function stopInSteps(isGone: () => boolean, kill: (name: NodeJS.Signals) => void) {
  const steps = [
    ['SIGINT', fastShutdownMs],
    ['SIGQUIT', immediateShutdownMs],
    ['SIGKILL', immediateShutdownMs],
  ] as const;
  for (const [name, patienceMs] of steps) {
    if (isGone()) return;
    try {
      kill(name);
    } catch {
      // Gone between the look and the signal.
    }
    const deadline = Date.now() + patienceMs;
    while (!isGone() && Date.now() < deadline) await sleep(pollMs);
  }
}
