import { readFileSync } from 'node:fs';

/** Whether a process runs; a zombie, which its new parent may never collect, does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
