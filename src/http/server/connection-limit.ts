import { readFileSync } from 'node:fs';

/** Connections that are served at the same time, where the system allows it. */
const MOST = 2000;
/** A connection that is only told so costs some kilobytes, for a moment. */
const ACCEPTED_FACTOR = 5;
/** Files, connections to the database and to Redis, and whatever else a process has open. */
const OTHERS = 256;

export interface ConnectionLimits {
  /** Connections that are served at the same time. */
  served: number;
  /** Those beyond are told so; whoever comes when there are so many is cut off. */
  accepted: number;
}

/**
 * Leaves descriptors for the rest: a process that has none left can open neither a file nor a connection to its
 * database.
 *
 * @param limits what Linux says of the process; elsewhere nothing is known
 */
export function connectionLimits(limits: () => string = readLimits): ConnectionLimits {
  const [, soft = Infinity] = /^Max open files\s+(\d+)/m.exec(limits()) ?? [];
  const ours = Math.max(2, Number(soft) - OTHERS);
  const served = Math.min(MOST, Math.floor(ours / 2));
  return { served, accepted: Math.min(ACCEPTED_FACTOR * served, ours) };
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
