import { spawn } from 'node:child_process';
import { asUser, childEnvironment } from './postgres-cluster.ts';

/**
 * The first `read` is told the server, the second returns when the pipe ends; then a fast shutdown, which loses nothing
 * that was committed. Until the server is gone: one that is only just starting may not hear the first signal.
 */
const script =
  'read -r pid || exit; read -r _; while kill -INT "$pid" 2>/dev/null; do sleep 1; done';

export interface OrphanGuard {
  /** From now on. */
  watch: (pid: number) => void;
  /** Call it once the server is gone, as its process id may then be another's. */
  end: () => void;
}

/**
 * Stops the server when the service is killed and cannot do it any more. A shell waits for the end of
 * a pipe whose other end the service alone holds: the kernel closes it, whatever ended the service.
 * It is there before the server: to start it afterwards would take as long as a server needs to come up.
 *
 * @param uid whose process the server will be, when that is not us
 */
export function startOrphanGuard(uid: number | undefined): OrphanGuard {
  if (process.platform === 'win32') return { watch() {}, end() {} };
  const guard = spawn('/bin/sh', ['-c', script, 'postgres-orphan-guard'], {
    ...asUser(uid),
    cwd: '/',
    env: childEnvironment,
    // What is sent to the service's whole group, by a terminal or a supervisor, must not end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the next start still stops the server that was left behind.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return {
    watch: (pid) => void guard.stdin.write(`${pid}\n`),
    end: () => void guard.kill('SIGKILL'),
  };
}
