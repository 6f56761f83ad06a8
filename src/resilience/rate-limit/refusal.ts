import { AppError } from '../../errors.ts';
import { violated, type Decision } from './decision.ts';
import { seconds } from './headers.ts';

/**
 * What is told to whom a limit refuses: RATE_LIMIT_EXCEEDED, or SERVICE_UNAVAILABLE where nobody could decide.
 *
 * @param decision that does not admit
 * @param what is limited, in the singular
 * @param cost what it takes of the limit
 */
export function refusal(decision: Decision, what: 'request' | 'login', cost = 1): AppError {
  const { outcome, policy, retryAfterMs } = decision;
  const retryAfter = seconds(retryAfterMs);
  if (outcome === 'unavailable') {
    return new AppError('SERVICE_UNAVAILABLE', `This ${what} cannot be admitted right now.`, {
      retryAfter,
    });
  }
  return new AppError(
    'RATE_LIMIT_EXCEEDED',
    `No more than ${policy.quota} ${what}s are admitted in any ${seconds(policy.windowMs)} seconds${cost > 1 ? `, and this one counts as ${cost}` : ''}.`,
    {
      retryAfter,
      help: { suggestion: `Try again in ${retryAfter} seconds. RateLimit tells what is left.` },
      extensions: { violated_policies: violated(decision).map(({ name }) => name) },
    },
  );
}
