import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { asUser, childEnvironment } from './postgres-cluster.ts';

/**
 * The first `read` is told the server, the second returns when the pipe ends. Then the steps of a shutdown, as
 * `postgres-server.ts` takes them but more patiently: a fast one, which loses nothing that was committed, again and again
 * as a server that is only just starting may not hear the first signal; then an immediate one; then the kernel's.
 */
const guardScript = `
read -r pid || exit
read -r _
step() {
  tries=$2
  while [ "$tries" -gt 0 ]; do
    kill -s "$1" "$pid" 2>/dev/null || exit
    sleep "$interval"
    tries=$((tries - 1))
  done
}
interval=$1
step INT 30
step QUIT 5
step KILL 5`;

/** Tells the guard, on descriptor 3, which process the server will be, and becomes it. */
const serverScript = 'echo $$ >&3; exec 3>&- "$0" "$@"';

export interface OrphanGuard {
  /** Starts the server, whose errors are on `stderr`. Once at most. */
  launch: (file: string, args: string[]) => ChildProcessByStdio<null, null, Readable>;
  /** Call it once the server is gone, as its process id may then be another's. */
  end: () => void;
}

/**
 * Stops the server when the service is killed and cannot do it any more. A shell waits for the end of
 * a pipe whose other end the service alone holds: the kernel closes it, whatever ended the service.
 * It is there before the server, and the server itself tells it its process id: however early the service is killed,
 * no server runs that the guard does not know.
 *
 * @param uid whose process the server will be, when that is not us
 * @param intervalSeconds between two signals
 */
export function startOrphanGuard(uid: number | undefined, intervalSeconds = 1): OrphanGuard {
  const options = {
    ...asUser(uid),
    cwd: '/',
    env: childEnvironment,
    // What is sent to the service's whole group, by a terminal or a supervisor, must end neither of them first.
    detached: true,
  };
  const alone: OrphanGuard = {
    launch: (file, args) => spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }),
    end() {},
  };
  if (process.platform === 'win32') return alone;
  const guard = spawn(
    '/bin/sh',
    ['-c', guardScript, 'postgres-orphan-guard', String(intervalSeconds)],
    { ...options, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  guard.on('error', () => {});
  // Without a shell the next start still stops the server that was left behind.
  if (guard.pid === undefined) return alone;
  guard.stdin.on('error', () => {});
  guard.unref();
  return {
    launch: (file, args) =>
      spawn('/bin/sh', ['-c', serverScript, file, ...args], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe', guard.stdin],
      }) as ChildProcessByStdio<null, null, Readable>,
    end: () => void guard.kill('SIGKILL'),
  };
}
