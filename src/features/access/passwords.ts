/**
 * Passwords: argon2id with 19 MiB and two passes. It runs on libuv's four threads, which files and name
 * lookups share, so only two run at a time, and few wait.
 */
import { hash, verify } from '@node-rs/argon2';
import { createSlots } from '../../engine/slots.ts';
import { AppError } from '../../errors.ts';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CONCURRENT = 2;
/** At 20 to 60 ms each, the last one waits about a second. */
const MOST_WAITING = 32;

/** Of no account, and of the same cost: no password is known that has it. */
const nobodys = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

export interface Hasher {
  hash: (password: string) => Promise<string>;
  verify: (stored: string, password: string) => Promise<boolean>;
}

export const argon2id: Hasher = {
  hash: (password) => hash(password, cost),
  verify: (stored, password) => verify(stored, password),
};

export interface Passwords {
  /** @throws {AppError} SERVICE_UNAVAILABLE when too many wait */
  hash: (password: string, signal: AbortSignal) => Promise<string>;
  /**
   * @param stored undefined where there is no such account: then it takes as long, and is false
   * @throws {AppError} SERVICE_UNAVAILABLE when too many wait
   */
  verify: (stored: string | undefined, password: string, signal: AbortSignal) => Promise<boolean>;
}

export function createPasswords(deps: {
  hasher: Hasher;
  monotonicMs: () => number;
  /** A hash was computed. */
  hashed: (seconds: number) => void;
}): Passwords {
  const { hasher, monotonicMs, hashed } = deps;
  const slots = createSlots(CONCURRENT);

  const inTurn = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (slots.waiting >= MOST_WAITING) {
      throw new AppError('SERVICE_UNAVAILABLE', 'Too many passwords are being checked.', {
        retryAfter: 1,
      });
    }
    await slots.take(signal);
    const startedAt = monotonicMs();
    try {
      return await work();
    } finally {
      slots.give();
      hashed((monotonicMs() - startedAt) / 1000);
    }
  };

  return {
    hash: (password, signal) => inTurn(() => hasher.hash(normal(password)), signal),
    async verify(stored, password, signal) {
      const isRight = await inTurn(
        () => hasher.verify(stored ?? nobodys, normal(password)),
        signal,
      );
      return isRight && stored !== undefined;
    },
  };
}

/** The same characters, whatever keyboard they come from. */
function normal(password: string): string {
  return password.normalize('NFKC');
}
