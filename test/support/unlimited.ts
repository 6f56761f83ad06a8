/**
 * For a service under test: everybody may do everything, and all requests come from one address. Tests of
 * the limiter say their own quota, and those of access who asks.
 */
export const unlimited = {
  AUTH_REQUIRED: 'false',
  RATE_LIMIT_PER_MINUTE: '10000000',
  RATE_LIMIT_PER_HOUR: '100000000',
};
