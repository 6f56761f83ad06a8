import type { RequestContext } from './context.ts';

export const operatorActions = [
  'circuit_breaker.forced',
  'cache.invalidated',
  'rate_limit.reset',
] as const;

/** What an operator changes by a request. */
export interface OperatorAction {
  action: (typeof operatorActions)[number];
  /** An id or a digest; nothing that names a person. */
  target: string;
  details?: Record<string, unknown>;
}

/** Writes into the audit log what is about to be done; when that fails, it must not be. */
export type RecordAction = (ctx: RequestContext, action: OperatorAction) => Promise<void>;
