import { z } from 'zod';
import {
  databaseUrl,
  duration,
  extensions,
  flag,
  integer,
  list,
  logLevel,
  networks,
  oneOf,
  port,
  publicUrl,
  redisUrl,
  serverAddress,
  time,
  token,
} from './readers.ts';

/** Every variable: how it is read, its default (as it would be written), and an example for the fault. */
export const variables = {
  APP_ENV: [
    oneOf(['development', 'testing', 'staging', 'production']),
    'development',
    'production',
  ],
  /** Of Node.js and its libraries; read to find out whether it says the same as APP_ENV. */
  NODE_ENV: [z.string(), undefined, 'production'],
  DEBUG: [flag, 'false', 'false'],
  LOG_LEVEL: [logLevel, 'INFO', 'INFO'],
  LOG_DEBUG_UNTIL: [time, undefined, '2026-11-30T18:00:00Z'],
  LOG_FORMAT: [oneOf(['auto', 'json', 'pretty']), 'auto', 'json'],
  LOG_DIR: [z.string(), undefined, '/app/logs'],
  API_HOST: [z.string(), '0.0.0.0', '0.0.0.0'],
  API_PORT: [port, '8000', '8000'],
  METRICS_HOST: [z.string(), '0.0.0.0', '0.0.0.0'],
  METRICS_PORT: [port, '9464', '9464'],
  ALLOWED_HOSTS: [list, undefined, 'yourdomain.com,api.yourdomain.com'],
  PUBLIC_URL: [publicUrl, undefined, 'https://api.yourdomain.com'],
  SECRET_KEY: [z.string(), undefined, '"$(openssl rand -base64 48)"'],
  SECRET_KEY_PREVIOUS: [z.string(), undefined, '<the key before>'],
  AUTH_REQUIRED: [flag, 'true', 'true'],
  BOOTSTRAP_ADMIN_API_KEY: [z.string(), undefined, '"$(openssl rand -base64 48)"'],
  METRICS_TOKEN: [token, undefined, '"$(openssl rand -base64 24)"'],
  CANDIDATE_RETENTION_DAYS: [integer(1, 36_500), undefined, '365'],
  DATABASE_URL: [databaseUrl, undefined, 'postgresql://user:password@host:5432/sono_eval'],
  DATA_DIR: [z.string(), undefined, './data'],
  BACKUP_DIR: [z.string(), './backups', '/backups'],
  BACKUP_KEEP: [integer(1, 10_000), '30', '30'],
  RESTORE_VERIFY_DATABASE_URL: [
    databaseUrl,
    undefined,
    'postgresql://user:password@host:5432/postgres',
  ],
  READINESS_REQUIRES_DB: [flag, 'true', 'true'],
  REDIS_URL: [redisUrl, undefined, 'redis://:password@host:6379/0'],
  REDIS_HOST: [z.string(), undefined, 'redis.example.com'],
  REDIS_PORT: [port, '6379', '6379'],
  REDIS_DB: [integer(0, 1023), '0', '0'],
  REDIS_PASSWORD: [z.string(), undefined, '"$(openssl rand -hex 24)"'],
  REDIS_TIMEOUT: [duration, '50ms', '50ms'],
  MAX_UPLOAD_SIZE: [integer(1024, 104_857_600), '10485760', '10485760'],
  ALLOWED_EXTENSIONS: [extensions, undefined, 'py,js,ts,java,md,zip'],
  UPLOAD_QUOTA_BYTES: [integer(1_048_576, 1_099_511_627_776), '1073741824', '1073741824'],
  UPLOAD_RETENTION_DAYS: [integer(1, 36_500), '30', '30'],
  REQUEST_TIMEOUT: [duration, '30s', '30s'],
  SLOW_REQUEST_MS: [integer(1, 600_000), '1000', '1000'],
  RATE_LIMIT_ENABLED: [flag, 'true', 'true'],
  RATE_LIMIT_MODE: [oneOf(['enforce', 'shadow']), 'enforce', 'shadow'],
  RATE_LIMIT_INSTANCES: [integer(1, 10_000), '1', '3'],
  RATE_LIMIT_PER_MINUTE: [integer(1, 10_000_000), '60', '60'],
  RATE_LIMIT_PER_HOUR: [integer(1, 100_000_000), '1000', '1000'],
  TRUSTED_PROXIES: [networks, '', '10.0.0.0/8,192.168.1.10'],
  SUPERSET_HOST: [serverAddress, undefined, 'superset.example.com'],
  SUPERSET_SECRET_KEY: [z.string(), undefined, '"$(openssl rand -base64 42)"'],
  CACHE_ENABLED: [flag, 'true', 'true'],
  CACHE_TTL_SECONDS: [integer(1, 86_400), '300', '300'],
  CACHE_MAX_BYTES: [integer(1_048_576, 8_589_934_592), '67108864', '67108864'],
  ASSESSMENT_ENABLE_EXPLANATIONS: [flag, 'true', 'true'],
  ASSESSMENT_MULTI_PATH_TRACKING: [flag, 'true', 'true'],
  WEBHOOK_ALLOW_LOOPBACK: [flag, 'false', 'false'],
  MAX_CONCURRENT_ASSESSMENTS: [integer(1, 64), '4', '4'],
  ENGINE_CHECK_INTERVAL: [duration, '5m', '5m'],
  BATCH_SIZE: [integer(1, 100), '32', '32'],
  JOB_RETENTION_DAYS: [integer(1, 3650), '30', '30'],
  API_RUNS_JOBS: [flag, 'true', 'true'],
  DARK_HORSE_MODE: [
    z.string().transform((text) => !['disabled', 'false', '0', 'off'].includes(text.toLowerCase())),
    'enabled',
    'enabled',
  ],
  SHUTDOWN_LEAD_SECONDS: [integer(0, 300), '5', '5'],
  SHUTDOWN_GRACE_SECONDS: [integer(1, 600), '40', '40'],
} as const satisfies Record<
  string,
  readonly [z.ZodType<unknown, string>, string | undefined, string]
>;

export type Variable = keyof typeof variables;
export type Values = {
  [V in Variable]: (typeof variables)[V][1] extends undefined
    ? z.output<(typeof variables)[V][0]> | undefined
    : z.output<(typeof variables)[V][0]>;
};
