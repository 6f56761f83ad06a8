import type { Values, Variable } from './variables.ts';

const placeholderKeys = /change|default|secret|example|generate|placeholder|password|<.*>/i;

/** What production refuses. Each entry: variable, when, why. */
export const productionRules: [Variable, (values: Partial<Values>) => boolean, string][] = [
  [
    'DATABASE_URL',
    (v) => v.DATABASE_URL === undefined,
    'is required in production (the embedded database is for development)',
  ],
  ['SECRET_KEY', (v) => (v.SECRET_KEY ?? '') === '', 'is required in production'],
  [
    'SECRET_KEY',
    (v) => v.SECRET_KEY !== undefined && v.SECRET_KEY.length < 32,
    'must have at least 32 characters in production',
  ],
  [
    'SECRET_KEY',
    (v) =>
      (v.SECRET_KEY?.length ?? 0) >= 32 &&
      (placeholderKeys.test(v.SECRET_KEY ?? '') || new Set(v.SECRET_KEY).size < 8),
    'is a default or guessable value',
  ],
  ['AUTH_REQUIRED', (v) => v.AUTH_REQUIRED === false, 'must be true in production'],
  [
    'BOOTSTRAP_ADMIN_API_KEY',
    (v) => v.BOOTSTRAP_ADMIN_API_KEY !== undefined && v.BOOTSTRAP_ADMIN_API_KEY.length < 32,
    'must have at least 32 characters in production',
  ],
  [
    'LOG_FORMAT',
    (v) => v.LOG_FORMAT === 'pretty',
    'must not be pretty in production, whose log is read by programs',
  ],
  ['DEBUG', (v) => v.DEBUG === true, 'must be false in production'],
  [
    'TRUSTED_PROXIES',
    (v) => (v.TRUSTED_PROXIES ?? []).some((network) => /\/0+$/.test(network)),
    'must not trust every address in production: each client would choose its own',
  ],
  [
    'ALLOWED_HOSTS',
    (v) => (v.ALLOWED_HOSTS ?? []).length === 0,
    'must name the hosts in production',
  ],
  [
    'ALLOWED_HOSTS',
    (v) => (v.ALLOWED_HOSTS ?? []).some((host) => host.includes('*')),
    'must not contain a wildcard in production',
  ],
];
