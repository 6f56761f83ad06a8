/** How the text of one variable is read. Faults are worded to follow its name: `API_PORT must be …`. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isHostAndPort } from './hosts.ts';

export const flag = z.stringbool({ error: 'must be true or false' });
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);
export const port = integer(0, 65_535);
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** Of file names: in lower case, without the dot. */
export const extensions = list
  .transform((names) => names.map((name) => name.toLowerCase().replace(/^\./, '')))
  .refine(
    (names) => names.length > 0 && names.every((name) => /^[a-z0-9+_-]+(\.[a-z0-9]+)?$/.test(name)),
    'must be a comma-separated list of file extensions',
  );

export const networks = list.refine(
  (entries) => entries.every(isNetwork),
  'must be a comma-separated list of addresses and networks in CIDR notation',
);

const unitMs = { ms: 1, s: 1000, m: 60_000 } as const;
/** `30s`, `500ms`, `2m`, or a bare number of seconds; result in milliseconds. */
export const duration = z
  .string()
  .regex(/^\d{1,7}(ms|s|m)?$/, 'must be a duration such as 30s, 500ms or 2m')
  .transform((text) => {
    const [, amount = '0', unit = 's'] = /^(\d+)(ms|s|m)?$/.exec(text) ?? [];
    return Number(amount) * unitMs[unit as keyof typeof unitMs];
  })
  .refine((ms) => ms >= 10 && ms <= 600_000, 'must lie between 10ms and 10m');

/** Of an env file, which Docker reads otherwise than a shell. */
const COMMENT = ' (a comment behind it is part of the value)';

export const databaseUrl = z.string().superRefine((text, ctx) => {
  const fail = (message: string) => ctx.addIssue({ code: 'custom', message });
  if (!/^postgres(ql)?:\/\//.test(text)) {
    return fail('must start with postgresql:// (SQLite and other databases are not supported)');
  }
  if (/\s/.test(text)) return fail(`must not contain a space${COMMENT}`);
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

export const redisUrl = z
  .string()
  .refine(
    (text) => /^rediss?:\/\//.test(text) && URL.canParse(text),
    'must be a redis:// or rediss:// URL (percent-encode special characters)',
  )
  .refine((text) => !/\s/.test(text), `must not contain a space${COMMENT}`);

/** Where clients reach the service, through whatever stands in front of it; without a slash at its end. */
export const publicUrl = z
  .string()
  .refine((text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text) || /\s/.test(text)) return false;
    const { username, password, search, hash } = new URL(text);
    return username + password + search + hash === '';
  }, 'must be an https:// URL without credentials, query and fragment')
  .transform((text) => new URL(text).href.replace(/\/$/, ''));

/** Host and port of another server, or the http(s) URL of its root. */
export const serverAddress = z
  .string()
  .refine(
    (text) => isHostAndPort(text.replace(/^https?:\/\//, '').replace(/\/$/, '')),
    'must be a host, host:port, or an http(s) URL without path and credentials',
  );

/** What may stand behind `Bearer ` (RFC 6750). */
export const token = z
  .string()
  .regex(/^[\w.~+/-]+=*$/, 'must consist of letters, digits and -._~+/ alone, as base64 does');

/** ISO 8601 with a zone; result in milliseconds of the Unix epoch. */
export const time = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-30T18:00:00Z' })
  .transform((text) => Date.parse(text));

const logLevels = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
} as const;
export type LogLevel = (typeof logLevels)[keyof typeof logLevels];
export const logLevel = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(oneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']))
  .transform((name): LogLevel => logLevels[name]);

/** `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}
