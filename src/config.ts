/**
 * The only reader of the environment (`telemetry/start.ts`, which runs before it, is the one
 * exception). Parsed once, frozen; every fault is reported together, by name, without its value.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { withoutComment } from './config/comments.ts';
import { productionRules } from './config/production-rules.ts';
import { variables, type Values } from './config/variables.ts';
import { ConfigError, type ConfigFault } from './errors.ts';

type Environment = Record<string, string | undefined>;

/** Without a SECRET_KEY, which production demands: processes that share a Redis or a log must agree on it. */
export const DEVELOPMENT_KEY = 'for development only';

/** These may name a mounted secret instead: `SECRET_KEY_FILE=/run/secrets/key`. */
const fromFile = [
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'DATABASE_URL',
  'RESTORE_VERIFY_DATABASE_URL',
  'REDIS_PASSWORD',
  'REDIS_URL',
  'SUPERSET_SECRET_KEY',
  'BOOTSTRAP_ADMIN_API_KEY',
  'METRICS_TOKEN',
] as const;

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
    const text = withoutComment(variable, env[variable]?.trim() ?? '') || fallback;
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
 * @param now a permission that has an end is judged by it
 * @throws {ConfigError} with every fault at once
 */
export function loadConfig(environment: Environment, now: Date = new Date()): Config {
  const { config, faults } = readConfig(environment, now);
  if (config === null || faults.length > 0) throw new ConfigError(faults);
  return config;
}

/** Every fault, and the configuration all the same unless some variable cannot be read at all. */
export function readConfig(
  environment: Environment,
  now: Date,
): { config: Config | null; faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const values = parseVariables(readMountedSecrets(environment, faults), faults);
  const isReadable = faults.length === 0;
  if (values.APP_ENV === 'production') {
    for (const [variable, rule] of productionRules) {
      if (faults.some((known) => known.variable === variable)) continue;
      const fault = rule(values, now.getTime());
      if (fault !== null) faults.push({ variable, fault, example: variables[variable][2] });
    }
  } else if (!environment['APP_ENV'] && values.NODE_ENV === 'production') {
    const fault = 'is not set, and NODE_ENV says production: say which of them this is';
    faults.push({ variable: 'APP_ENV', fault, example: variables.APP_ENV[2] });
  }
  const config = isReadable ? deepFreeze(arrange(values as Values, now.getTime())) : null;
  return { config, faults };
}

export type Config = ReturnType<typeof arrange>;

/** From flat variables to what each part is given. Durations in milliseconds, sizes in bytes. */
function arrange(v: Values, now: number) {
  return {
    environment: v.APP_ENV,
    production: v.APP_ENV === 'production',
    log: arrangeLog(v, now),
    api: {
      host: v.API_HOST,
      port: v.API_PORT,
      /** Behind that port, on this machine. */
      processes: v.WEB_CONCURRENCY,
      /** TLS stands in front. */
      hsts: v.APP_ENV === 'production' || v.APP_ENV === 'staging',
      allowedHosts: v.ALLOWED_HOSTS ?? [],
      /** Where clients reach it, without a slash at the end; null: nobody said. */
      publicUrl: v.PUBLIC_URL ?? null,
      maxBodyBytes: v.MAX_UPLOAD_SIZE,
      requestTimeoutMs: v.REQUEST_TIMEOUT,
      slowRequestMs: v.SLOW_REQUEST_MS,
    },
    metrics: { host: v.METRICS_HOST, port: v.METRICS_PORT, token: v.METRICS_TOKEN ?? null },
    database: {
      url: v.DATABASE_URL,
      dataDir: v.DATA_DIR,
      readinessRequires: v.READINESS_REQUIRES_DB,
    },
    backup: {
      dir: v.BACKUP_DIR,
      /** Older ones are removed once there are more. */
      keep: v.BACKUP_KEEP,
      /** Server that `restore:verify` makes its scratch database on; undefined: the database's own. */
      verifyUrl: v.RESTORE_VERIFY_DATABASE_URL,
    },
    redis: arrangeRedis(v),
    /** Null: none was given, which production refuses. */
    secretKey: v.SECRET_KEY ?? null,
    access: {
      required: v.AUTH_REQUIRED,
      /** Verifies what was signed before the key was changed, and signs nothing. */
      previousSecretKey: v.SECRET_KEY_PREVIOUS ?? null,
      bootstrapKey: v.BOOTSTRAP_ADMIN_API_KEY ?? null,
    },
    /** Null: for ever. */
    candidateRetentionDays: v.CANDIDATE_RETENTION_DAYS ?? null,
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
      /** Between looks at whether the engine judges as it was released. */
      checkIntervalMs: v.ENGINE_CHECK_INTERVAL,
    },
    uploads: {
      /** Undefined: the usual ones. */
      extensions: v.ALLOWED_EXTENSIONS,
      quotaBytes: v.UPLOAD_QUOTA_BYTES,
      retentionDays: v.UPLOAD_RETENTION_DAYS,
    },
    jobs: {
      /** Items of one batch that are in the queue at a time. */
      batchSize: v.BATCH_SIZE,
      retentionDays: v.JOB_RETENTION_DAYS,
      /** Else only processes that were started as workers do. */
      inApi: v.API_RUNS_JOBS,
    },
    /** Whether a webhook may be on this machine, at any port. */
    webhooks: { allowLoopback: v.WEBHOOK_ALLOW_LOOPBACK },
    /** Of another service, which `npm run doctor` asks; null: there is none. */
    supersetHost: v.SUPERSET_HOST ?? null,
    hasSupersetKey: v.SUPERSET_SECRET_KEY !== undefined,
    shutdown: { leadMs: v.SHUTDOWN_LEAD_SECONDS * 1000, graceMs: v.SHUTDOWN_GRACE_SECONDS * 1000 },
  };
}

/** Null: not configured. */
function arrangeRedis(v: Values) {
  if (v.REDIS_URL === undefined && v.REDIS_HOST === undefined) return null;
  return {
    url: v.REDIS_URL,
    host: v.REDIS_HOST,
    port: v.REDIS_PORT,
    db: v.REDIS_DB,
    password: v.REDIS_PASSWORD,
    timeoutMs: v.REDIS_TIMEOUT,
  };
}

function arrangeLog(v: Values, now: number) {
  const production = v.APP_ENV === 'production';
  /** Production has demanded that it be said. */
  const debugUntil = production && v.LOG_LEVEL === 'debug' ? (v.LOG_DEBUG_UNTIL ?? 0) : null;
  const level = debugUntil !== null && debugUntil <= now ? 'info' : v.LOG_LEVEL;
  return {
    level: v.DEBUG ? ('debug' as const) : level,
    /** When `debug` ends or ended in production, in milliseconds of the Unix epoch; null: no such end. */
    debugUntil,
    dir: v.LOG_DIR,
    /** In that folder. */
    file: 'sono-eval.log',
    /** Of every line. */
    fields: {} as Readonly<Record<string, string | number>>,
    /** Of standard output; `auto`: for people on a terminal, JSON elsewhere. */
    format: production ? ('json' as const) : v.LOG_FORMAT,
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
