/**
 * The only reader of the environment (`telemetry/start.ts`, which runs before it, is the one
 * exception). Parsed once, frozen; every fault is reported together, by name, without its value.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from './errors.ts';

type Environment = Record<string, string | undefined>;

const flag = z.stringbool({ error: 'must be true or false' });
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);
const port = integer(0, 65_535);
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const networks = list.refine(
  (entries) => entries.every(isNetwork),
  'must be a comma-separated list of addresses and networks in CIDR notation',
);

const unitMs = { ms: 1, s: 1000, m: 60_000 } as const;
/** `30s`, `500ms`, `2m`, or a bare number of seconds; result in milliseconds. */
const duration = z
  .string()
  .regex(/^\d{1,7}(ms|s|m)?$/, 'must be a duration such as 30s, 500ms or 2m')
  .transform((text) => {
    const [, amount = '0', unit = 's'] = /^(\d+)(ms|s|m)?$/.exec(text) ?? [];
    return Number(amount) * unitMs[unit as keyof typeof unitMs];
  })
  .refine((ms) => ms >= 10 && ms <= 600_000, 'must lie between 10ms and 10m');

const databaseUrl = z.string().superRefine((text, ctx) => {
  const fail = (message: string) => ctx.addIssue({ code: 'custom', message });
  if (!/^postgres(ql)?:\/\//.test(text)) {
    return fail('must start with postgresql:// (SQLite and other databases are not supported)');
  }
  if (!URL.canParse(text)) return fail('is not a valid URL (percent-encode special characters)');
  const url = new URL(text);
  if (url.hostname === '' || url.pathname.length < 2)
    return fail('must name a host and a database');
  for (const [name, most] of Object.entries({ max_connections: 999, connect_timeout: 600 })) {
    const number = url.searchParams.get(name);
    if (number === null || (/^[1-9]\d{0,2}$/.test(number) && Number(number) <= most)) continue;
    return fail(`has a ${name} that is not a whole number from 1 to ${most}`);
  }
});

const redisUrl = z
  .string()
  .refine(
    (text) => /^rediss?:\/\//.test(text) && URL.canParse(text),
    'must be a redis:// or rediss:// URL',
  );

const publicUrl = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http(s) URL');

const logLevels = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
} as const;
export type LogLevel = (typeof logLevels)[keyof typeof logLevels];
const logLevel = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(oneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']))
  .transform((name): LogLevel => logLevels[name]);

/** Every variable: how it is read, its default (as it would be written), and an example for the fault. */
const variables = {
  APP_ENV: [
    oneOf(['development', 'testing', 'staging', 'production']),
    'development',
    'production',
  ],
  DEBUG: [flag, 'false', 'false'],
  LOG_LEVEL: [logLevel, 'INFO', 'INFO'],
  LOG_DIR: [z.string(), undefined, '/app/logs'],
  API_HOST: [z.string(), '0.0.0.0', '0.0.0.0'],
  API_PORT: [port, '8000', '8000'],
  METRICS_HOST: [z.string(), '0.0.0.0', '0.0.0.0'],
  METRICS_PORT: [port, '9464', '9464'],
  PUBLIC_URL: [publicUrl, undefined, 'https://api.example.com'],
  ALLOWED_HOSTS: [list, undefined, 'yourdomain.com,api.yourdomain.com'],
  SECRET_KEY: [z.string(), undefined, '"$(openssl rand -base64 48)"'],
  AUTH_REQUIRED: [flag, 'true', 'true'],
  DATABASE_URL: [databaseUrl, undefined, 'postgresql://user:password@host:5432/sono_eval'],
  DATA_DIR: [z.string(), undefined, './data'],
  READINESS_REQUIRES_DB: [flag, 'true', 'true'],
  REDIS_URL: [redisUrl, undefined, 'redis://:password@host:6379/0'],
  REDIS_HOST: [z.string(), undefined, 'redis.example.com'],
  REDIS_PORT: [port, '6379', '6379'],
  REDIS_DB: [integer(0, 1023), '0', '0'],
  REDIS_PASSWORD: [z.string(), undefined, '<strong-password>'],
  REDIS_TIMEOUT: [duration, '50ms', '50ms'],
  MAX_UPLOAD_SIZE: [integer(1024, 104_857_600), '10485760', '10485760'],
  REQUEST_TIMEOUT: [duration, '30s', '30s'],
  SLOW_REQUEST_MS: [integer(1, 600_000), '1000', '1000'],
  RATE_LIMIT_ENABLED: [flag, 'true', 'true'],
  RATE_LIMIT_MODE: [oneOf(['enforce', 'shadow']), 'enforce', 'shadow'],
  RATE_LIMIT_INSTANCES: [integer(1, 10_000), '1', '3'],
  RATE_LIMIT_PER_MINUTE: [integer(1, 10_000_000), '60', '60'],
  RATE_LIMIT_PER_HOUR: [integer(1, 100_000_000), '1000', '1000'],
  TRUSTED_PROXIES: [networks, '', '10.0.0.0/8,192.168.1.10'],
  CACHE_ENABLED: [flag, 'true', 'true'],
  CACHE_TTL_SECONDS: [integer(1, 86_400), '300', '300'],
  CACHE_MAX_BYTES: [integer(1_048_576, 8_589_934_592), '67108864', '67108864'],
  ASSESSMENT_ENABLE_EXPLANATIONS: [flag, 'true', 'true'],
  ASSESSMENT_MULTI_PATH_TRACKING: [flag, 'true', 'true'],
  MAX_CONCURRENT_ASSESSMENTS: [integer(1, 64), '4', '4'],
  BATCH_SIZE: [integer(1, 512), '32', '32'],
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

type Variable = keyof typeof variables;
type Values = {
  [V in Variable]: (typeof variables)[V][1] extends undefined
    ? z.output<(typeof variables)[V][0]> | undefined
    : z.output<(typeof variables)[V][0]>;
};

/** These may name a mounted secret instead: `SECRET_KEY_FILE=/run/secrets/key`. */
const fromFile = ['SECRET_KEY', 'DATABASE_URL', 'REDIS_PASSWORD'] as const;

const placeholderKeys = /change|default|secret|example|generate|placeholder|password|<.*>/i;

/** What production refuses. Each entry: variable, when, why. */
const productionRules: [Variable, (values: Partial<Values>) => boolean, string][] = [
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

function readMountedSecrets(env: Environment, faults: ConfigFault[]): Environment {
  const merged = { ...env };
  for (const variable of fromFile) {
    const path = env[`${variable}_FILE`];
    if (path === undefined || path === '') continue;
    if (env[variable] !== undefined && env[variable] !== '') {
      faults.push({
        variable,
        fault: `and ${variable}_FILE are both set`,
        example: variables[variable][2],
      });
      continue;
    }
    try {
      merged[variable] = readFileSync(path, 'utf8').trim();
    } catch {
      faults.push({
        variable: `${variable}_FILE`,
        fault: 'names a file that cannot be read',
        example: `/run/secrets/${variable.toLowerCase()}`,
      });
    }
  }
  return merged;
}

function parseVariables(env: Environment, faults: ConfigFault[]): Partial<Values> {
  const values: Record<string, unknown> = {};
  for (const [variable, [schema, fallback, example]] of Object.entries(variables)) {
    const text = env[variable]?.trim() || fallback;
    if (text === undefined) continue;
    const parsed = schema.safeParse(text);
    if (parsed.success) values[variable] = parsed.data;
    else faults.push({ variable, fault: parsed.error.issues[0]?.message ?? 'is invalid', example });
  }
  return values;
}

/** In development a `.env` file in the working directory fills what the environment leaves open. */
export function readEnvironment(env: Environment = process.env): Environment {
  if ((env['APP_ENV'] || 'development') !== 'development') return env;
  try {
    return { ...parseEnv(readFileSync('.env', 'utf8')), ...env };
  } catch {
    return env;
  }
}

/**
 * @throws {ConfigError} with every fault at once
 */
export function loadConfig(environment: Environment): Config {
  const faults: ConfigFault[] = [];
  const values = parseVariables(readMountedSecrets(environment, faults), faults);
  if (values.APP_ENV === 'production') {
    for (const [variable, broken, fault] of productionRules) {
      const known = faults.some((f) => f.variable === variable);
      if (!known && broken(values))
        faults.push({ variable, fault, example: variables[variable][2] });
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(arrange(values as Values));
}

export type Config = ReturnType<typeof arrange>;

/** From flat variables to what each part is given. Durations in milliseconds, sizes in bytes. */
function arrange(v: Values) {
  const redis =
    v.REDIS_URL === undefined && v.REDIS_HOST === undefined
      ? null
      : {
          url: v.REDIS_URL,
          host: v.REDIS_HOST,
          port: v.REDIS_PORT,
          db: v.REDIS_DB,
          password: v.REDIS_PASSWORD,
          timeoutMs: v.REDIS_TIMEOUT,
        };
  return {
    environment: v.APP_ENV,
    production: v.APP_ENV === 'production',
    log: { level: v.DEBUG ? ('debug' as const) : v.LOG_LEVEL, dir: v.LOG_DIR },
    api: {
      host: v.API_HOST,
      port: v.API_PORT,
      /** TLS stands in front. */
      hsts: v.APP_ENV === 'production' || v.APP_ENV === 'staging',
      publicUrl: v.PUBLIC_URL,
      allowedHosts: v.ALLOWED_HOSTS ?? [],
      maxBodyBytes: v.MAX_UPLOAD_SIZE,
      requestTimeoutMs: v.REQUEST_TIMEOUT,
      slowRequestMs: v.SLOW_REQUEST_MS,
    },
    metrics: { host: v.METRICS_HOST, port: v.METRICS_PORT },
    database: {
      url: v.DATABASE_URL,
      dataDir: v.DATA_DIR,
      readinessRequires: v.READINESS_REQUIRES_DB,
    },
    redis,
    /** Null: none was given, which production refuses. */
    secretKey: v.SECRET_KEY ?? null,
    rateLimit: {
      enabled: v.RATE_LIMIT_ENABLED,
      mode: v.RATE_LIMIT_MODE,
      perMinute: v.RATE_LIMIT_PER_MINUTE,
      perHour: v.RATE_LIMIT_PER_HOUR,
      instances: v.RATE_LIMIT_INSTANCES,
      trustedProxies: v.TRUSTED_PROXIES,
    },
    cache: {
      enabled: v.CACHE_ENABLED,
      ttlSeconds: v.CACHE_TTL_SECONDS,
      maxBytes: v.CACHE_MAX_BYTES,
    },
    assessments: {
      maxConcurrent: v.MAX_CONCURRENT_ASSESSMENTS,
      explanations: v.ASSESSMENT_ENABLE_EXPLANATIONS,
      multiPath: v.ASSESSMENT_MULTI_PATH_TRACKING,
      motives: v.DARK_HORSE_MODE,
    },
    shutdown: { leadMs: v.SHUTDOWN_LEAD_SECONDS * 1000, graceMs: v.SHUTDOWN_GRACE_SECONDS * 1000 },
  };
}

/** `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
