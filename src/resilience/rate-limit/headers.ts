/**
 * What a client is told. `RateLimit` and `RateLimit-Policy` follow draft-ietf-httpapi-ratelimit-headers-11,
 * which still moves: this file is the only one that knows its form.
 */
import type { ServerResponse } from 'node:http';
import type { HeaderFacts } from '../../http/headers.ts';
import type { Decision } from './decision.ts';

/** On every answer of a limited route while the limiter is on. */
export const rateLimitHeaders: HeaderFacts = {
  'X-RateLimit-Limit': {
    description: 'Quota of the policy nearest exhaustion.',
    example: 60,
    type: 'integer',
  },
  'X-RateLimit-Remaining': { description: 'What is left of it.', example: 59, type: 'integer' },
  'X-RateLimit-Reset': {
    description: 'Seconds until there is room again.',
    example: 60,
    type: 'integer',
  },
  'X-RateLimit-Backend': {
    description: '`redis`, or `memory` while no other machine counts.',
    example: 'redis',
    pattern: '^(redis|memory)$',
  },
  'RateLimit-Policy': {
    description: 'All policies.',
    example: '"minute";q=60;w=60, "hour";q=1000;w=3600',
  },
  RateLimit: { description: 'The policy nearest exhaustion.', example: '"minute";r=12;t=34' },
};

/** Whole seconds, rounded up: whoever waits that long is not early. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** Written to the response itself: six of them on every request. */
export function writeHeaders(response: ServerResponse, decision: Decision): void {
  const { policy, remaining, backend, subject } = decision;
  const reset = String(seconds(decision.resetMs));
  response.setHeader('X-RateLimit-Limit', String(policy.quota));
  response.setHeader('X-RateLimit-Remaining', String(remaining));
  response.setHeader('X-RateLimit-Reset', reset);
  response.setHeader('X-RateLimit-Backend', backend);
  response.setHeader('RateLimit-Policy', subject.set.header);
  response.setHeader('RateLimit', `"${policy.name}";r=${remaining};t=${reset}`);
}
