import { spawn } from 'node:child_process';
import { asUser, childEnvironment } from './postgres-cluster.ts';

/**
 * `read` returns when the pipe ends; then a fast shutdown, which loses nothing that was committed. Until the server
 * is gone: one that is only just starting may not hear the first signal.
 */
const script = 'read -r _; while kill -INT "$1" 2>/dev/null; do sleep 1; done';

/**
 * Stops the server when the service is killed and cannot do it any more. A shell waits for the end of
 * a pipe whose other end the service alone holds: the kernel closes it, whatever ended the service.
 *
 * @param uid whose process the server is, when that is not us
 * @returns ends the guard; call it once the server is gone, as its process id may then be another's
 */
export function stopWhenOrphaned(pid: number, uid: number | undefined): () => void {
  if (process.platform === 'win32') return () => {};
  const guard = spawn('/bin/sh', ['-c', script, 'postgres-orphan-guard', String(pid)], {
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
  return () => void guard.kill('SIGKILL');
}
