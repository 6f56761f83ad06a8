import { readFileSync } from 'node:fs';

/** Connections that are served at the same time, where the system allows it. */
const MOST = 2000;
/** Files, connections to the database and to Redis, and whatever else a process has open. */
const OTHERS = 256;

/**
 * As many connections as leave descriptors for the rest: a process that has none left can open neither a file nor
 * a connection to its database. Twice as many are accepted, since those beyond are told so.
 *
 * @param limits what Linux says of the process; elsewhere nothing is known, and 2,000 it is
 */
export function connectionLimit(limits: () => string = readLimits): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits()) ?? [];
  if (soft === undefined) return MOST;
  return Math.max(1, Math.min(MOST, Math.floor((Number(soft) - OTHERS) / 2)));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
