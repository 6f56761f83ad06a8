/** For a service under test: all requests come from one address. Tests of the limiter say their own quota. */
export const unlimited = {
  RATE_LIMIT_PER_MINUTE: '10000000',
  RATE_LIMIT_PER_HOUR: '100000000',
};
