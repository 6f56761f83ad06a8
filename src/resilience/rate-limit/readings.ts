/**
 * What a store reads of a subject's windows, three numbers for each policy in the order of the set: flat, as
 * the script in Redis replies, so that a decision makes no object for each policy.
 */
export type Readings = number[];

const WIDTH = 3;
const USED = 0;
const WAIT = 1;
const ROOM = 2;

/** What the window holds. */
export function usedOf(readings: Readings, policy: number): number {
  return readings[WIDTH * policy + USED] as number;
}

/** Milliseconds until the cost fits; 0: it does. */
export function waitOf(readings: Readings, policy: number): number {
  return readings[WIDTH * policy + WAIT] as number;
}

/** Milliseconds until room appears. */
export function roomOf(readings: Readings, policy: number): number {
  return readings[WIDTH * policy + ROOM] as number;
}

export function setReading(
  readings: Readings,
  policy: number,
  used: number,
  waitMs: number,
  roomMs: number,
): void {
  readings[WIDTH * policy + USED] = used;
  readings[WIDTH * policy + WAIT] = waitMs;
  readings[WIDTH * policy + ROOM] = roomMs;
}

/** Of windows that hold nothing. */
export function emptyReadings(policies: number): Readings {
  return Array.from({ length: WIDTH * policies }, () => 0);
}

/** @param next the wait of each policy instead of the one read */
export function withWaits(
  readings: Readings,
  next: (waitMs: number, policy: number) => number,
): Readings {
  return readings.map((value, i) =>
    i % WIDTH === WAIT ? next(value, Math.floor(i / WIDTH)) : value,
  );
}

/** The same windows `elapsedMs` later; what has not run out lasts at least a millisecond more. */
export function aged(readings: Readings, elapsedMs: number): Readings {
  return readings.map((value, i) =>
    i % WIDTH === USED || value === 0 ? value : Math.max(1, Math.ceil(value - elapsedMs)),
  );
}

/** Both must let the request in, so it waits for the later. */
export function stricter(one: Readings, other: Readings): Readings {
  return one.map((value, i) => Math.max(value, other[i] as number));
}
