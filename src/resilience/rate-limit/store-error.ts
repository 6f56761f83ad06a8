import { CircuitOpenError, DependencyError, findCause, LateAnswer } from '../../errors.ts';
import { RedisError } from '../../storage/redis/errors.ts';

/** Why Redis did not decide, in words that are few enough for a metric's label. */
export const storeErrorReasons = [
  'timeout',
  'connection',
  'circuit_open',
  'readonly',
  'out_of_memory',
  'reply',
  'other',
] as const;
export type StoreErrorReason = (typeof storeErrorReasons)[number];

/** Whether Redis has certainly not counted what it was asked about: an answer may be lost, a question late. */
export function isUncounted(error: unknown): boolean {
  const failure = findCause(error, DependencyError);
  if (failure instanceof CircuitOpenError) return true;
  return failure instanceof RedisError && (failure.reply !== '' || !failure.wasSent);
}

export function storeErrorReason(error: unknown): StoreErrorReason {
  const failure = findCause(error, DependencyError);
  if (failure === undefined) return error instanceof LateAnswer ? 'timeout' : 'other';
  if (failure instanceof CircuitOpenError) return 'circuit_open';
  if (failure.kind === 'timeout') return 'timeout';
  const reply = failure instanceof RedisError ? failure.reply : '';
  if (reply === 'READONLY') return 'readonly';
  if (reply === 'OOM') return 'out_of_memory';
  if (reply !== '') return 'reply';
  return failure.kind === 'unavailable' ? 'connection' : 'other';
}
