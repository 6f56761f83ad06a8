import { classifyAny, isBug, type Verdict } from './verdict.ts';

/** Replies by which Redis says that it cannot serve now; any other is about the command. */
const unwell = /^(LOADING|CLUSTERDOWN|READONLY|MASTERDOWN|BUSY|OOM|MISCONF|NOREPLICAS|TRYAGAIN)\b/;

/**
 * Redis: connection, timeout and the replies above are failures. ioredis calls a command that its
 * lost connection took along an AbortError, which is no withdrawing of ours.
 */
export function classifyRedis(error: unknown): Verdict {
  if (!(error instanceof Error) || isBug(error)) return 'ignored';
  if (error.name === 'ReplyError') return unwell.test(error.message) ? 'failure' : 'ignored';
  if (error.message === 'Command timed out') return 'timeout';
  return error.name === 'AbortError' && 'command' in error ? 'failure' : classifyAny(error);
}
