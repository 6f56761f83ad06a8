/** A lookup on its way through the cache, and what comes of it. */
import type { z } from 'zod';
import type { Found } from './cache.ts';
import type { Address } from './remote-tier.ts';

/** Of a defined cache; milliseconds. */
export interface Policy {
  /** Null: the values stay in this process. */
  schema: z.ZodType | null;
  ttlMs: number;
  staleIfErrorMs: number;
  negativeMs: number;
  loadTimeoutMs: number;
}

export interface Query extends Address {
  policy: Policy;
  load: (signal: AbortSignal) => Promise<unknown>;
}

export interface Answer extends Found<unknown> {
  /** Not JSON: each who asked gets a copy of its own. */
  handedThrough: boolean;
  /** It should be renewed. */
  due: boolean;
}
