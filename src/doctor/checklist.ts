import type { Variable } from '../config/variables.ts';

/** The deployment guide's security checklist in its order, and what else goes wrong; with the variables of each. */
export const checklist = [
  ['database', 'Database URL uses PostgreSQL (not SQLite)', ['DATABASE_URL']],
  ['secret-key', 'SECRET_KEY is cryptographically strong', ['SECRET_KEY', 'SECRET_KEY_PREVIOUS']],
  ['allowed-hosts', 'ALLOWED_HOSTS restricts CORS to known domains', ['ALLOWED_HOSTS']],
  ['upload-limit', 'File upload limits configured (MAX_UPLOAD_SIZE)', ['MAX_UPLOAD_SIZE']],
  [
    'redis-password',
    'Redis password set and strong',
    ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_DB', 'REDIS_PASSWORD', 'REDIS_TIMEOUT'],
  ],
  ['env-file', '.env file is not committed to version control', []],
  ['https', 'HTTPS enabled on production endpoints', ['PUBLIC_URL']],
  [
    'rate-limiting',
    'Rate limiting active',
    [
      'RATE_LIMIT_ENABLED',
      'RATE_LIMIT_MODE',
      'RATE_LIMIT_PER_MINUTE',
      'RATE_LIMIT_PER_HOUR',
      'RATE_LIMIT_INSTANCES',
    ],
  ],
  ['health-checks', 'Health checks configured for orchestration', ['API_HOST', 'API_PORT']],
  [
    'logging',
    'Structured logging enabled (LOG_LEVEL=INFO)',
    ['LOG_LEVEL', 'LOG_FORMAT', 'LOG_DIR', 'LOG_DEBUG_UNTIL', 'DEBUG'],
  ],
  [
    'circuit-breakers',
    'Circuit breakers monitored for state transitions',
    ['METRICS_HOST', 'METRICS_PORT'],
  ],
  ['backups', 'Database backups scheduled', []],
  ['scans', 'Security scans included in CI/CD', []],
  ['environment', 'APP_ENV and NODE_ENV say the same', ['APP_ENV', 'NODE_ENV']],
  [
    'access',
    'Nobody gets in unasked',
    ['AUTH_REQUIRED', 'BOOTSTRAP_ADMIN_API_KEY', 'METRICS_TOKEN'],
  ],
  ['proxies', 'TRUSTED_PROXIES names proxies alone', ['TRUSTED_PROXIES']],
  [
    'superset',
    'Superset, where there is one, reads what it may',
    ['SUPERSET_HOST', 'SUPERSET_SECRET_KEY'],
  ],
  ['process', 'The process has few rights and the right Node.js', []],
  ['variables', 'Every other variable is understood', []],
] as const satisfies readonly (readonly [string, string, readonly Variable[]])[];

export type ItemId = (typeof checklist)[number][0];

/** Of the variable, `_FILE` included. */
export function itemOf(variable: string): ItemId {
  const name = variable.replace(/_FILE$/, '');
  const found = checklist.find(([, , variables]) =>
    (variables as readonly string[]).includes(name),
  );
  return found?.[0] ?? 'variables';
}
