/**
 * What the cache holds: plain JSON, copied and frozen to the bottom, so that whoever is given a value may
 * keep it and nobody can change it for the others.
 */

export interface Immutable {
  value: unknown;
  /** Estimate of the heap it takes, on the high side. */
  bytes: number;
}

/** The value would not come back from Redis as it went, or carries a member that poisons what reads it. */
export class NotCacheable extends Error {
  override readonly name = 'NotCacheable';
}

const MAX_DEPTH = 200;

/** @throws {NotCacheable} for dates, maps, class instances, NaN, cycles, `__proto__` */
export function toImmutable(value: unknown): Immutable {
  const size = { bytes: 0 };
  return { value: copy(value, size, 0), bytes: size.bytes };
}

function copy(value: unknown, size: { bytes: number }, depth: number): unknown {
  if (typeof value === 'string') {
    size.bytes += 24 + 2 * value.length;
    return value;
  }
  if (typeof value === 'number') {
    size.bytes += 16;
    return toFinite(value);
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object') throw new NotCacheable(`a ${typeof value}`);
  return copyObject(value, size, depth);
}

function toFinite(value: number): number {
  if (!Number.isFinite(value)) throw new NotCacheable('a number that JSON has not');
  // Nor has it -0.
  return value === 0 ? 0 : value;
}

function copyObject(value: object, size: { bytes: number }, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotCacheable('nested too deeply');
  size.bytes += 56;
  if (Array.isArray(value)) {
    size.bytes += 8 * value.length;
    // `from` visits holes, which JSON has not either.
    return Object.freeze(Array.from(value, (item: unknown) => copy(item, size, depth + 1)));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new NotCacheable('an instance');
  const copied: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw new NotCacheable('a member __proto__');
    // As JSON does.
    if (member === undefined) continue;
    size.bytes += 16 + 2 * name.length;
    copied[name] = copy(member, size, depth + 1);
  }
  return Object.freeze(copied);
}
