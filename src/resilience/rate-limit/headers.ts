/**
 * What a client is told. `RateLimit` and `RateLimit-Policy` follow draft-ietf-httpapi-ratelimit-headers-11,
 * which still moves: this file is the only one that knows its form.
 */
import type { ServerResponse } from 'node:http';
import type { Decision } from './decision.ts';

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
