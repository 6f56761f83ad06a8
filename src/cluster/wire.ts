import type { ChildProcess } from 'node:child_process';
import type { Wire } from './channel.ts';

/** The channel of Node.js to a process that was forked, or from one to its parent. */
export function wireOf(end: ChildProcess | NodeJS.Process): Wire {
  return {
    send: (message) =>
      void (end.connected && end.send?.(message as object, undefined, undefined, ignore)),
    listen: (listener) => void end.on('message', listener),
  };
}

function ignore(): void {}
