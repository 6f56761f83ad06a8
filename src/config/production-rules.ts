import { isIPv4 } from 'node:net';
import { hostsFault } from './hosts.ts';
import { isPlaceholder, weakPassword, weakness } from './strength.ts';
import type { Values, Variable } from './variables.ts';

type Given = Partial<Values>;
/** What is wrong, in words that follow the name of the variable; null when nothing is. `now`: Unix milliseconds. */
type Rule = (values: Given, now: number) => string | null;

const KEY_BYTES = 32;
const TOKEN_BYTES = 18;
const REDIS_PASSWORD_LENGTH = 16;
/** Per minute and address; sixty times as many an hour. More is no limit. */
const MOST_PER_MINUTE = 100_000;
const DEBUG_HOURS = 24;

const when = (isBroken: boolean | undefined, fault: string) => (isBroken === true ? fault : null);

/** What production refuses; of several faults of a variable the first is told. */
export const productionRules: readonly (readonly [Variable, Rule])[] = [
  [
    'NODE_ENV',
    (v) =>
      when(
        v.NODE_ENV !== undefined && v.NODE_ENV !== 'production',
        'must be production, or not set, when APP_ENV is production',
      ),
  ],
  ['DEBUG', (v) => when(v.DEBUG, 'must be false in production')],
  ['LOG_LEVEL', debugFault],
  ['LOG_DEBUG_UNTIL', debugEndFault],
  [
    'LOG_FORMAT',
    (v) =>
      when(
        v.LOG_FORMAT === 'pretty',
        'must not be pretty in production, whose log is read by programs',
      ),
  ],
  ['SECRET_KEY', secretKeyFault],
  [
    'SECRET_KEY_PREVIOUS',
    // Keys of before these rules may be shorter.
    ({ SECRET_KEY_PREVIOUS: key }) => (key === undefined ? null : weakPassword(key, KEY_BYTES)),
  ],
  ['WEBHOOK_ALLOW_LOOPBACK', (v) => when(v.WEBHOOK_ALLOW_LOOPBACK, 'must be false in production')],
  ['AUTH_REQUIRED', (v) => when(v.AUTH_REQUIRED === false, 'must be true in production')],
  ['BOOTSTRAP_ADMIN_API_KEY', bootstrapFault],
  [
    'METRICS_TOKEN',
    ({ METRICS_TOKEN: token }) => (token === undefined ? null : weakness(token, TOKEN_BYTES)),
  ],
  ['ALLOWED_HOSTS', (v) => hostsFault(v.ALLOWED_HOSTS ?? [])],
  ['PUBLIC_URL', publicUrlFault],
  ['TRUSTED_PROXIES', (v) => when(v.TRUSTED_PROXIES?.some(isEverybody), TRUSTS_EVERYBODY)],
  ['DATABASE_URL', databaseFault],
  ['REDIS_PASSWORD', redisFault],
  [
    'SUPERSET_SECRET_KEY',
    ({ SUPERSET_SECRET_KEY: key }) => (key === undefined ? null : weakness(key, KEY_BYTES)),
  ],
  ['RATE_LIMIT_ENABLED', (v) => when(v.RATE_LIMIT_ENABLED === false, 'must be true in production')],
  ['RATE_LIMIT_PER_MINUTE', (v) => tooMany(v.RATE_LIMIT_PER_MINUTE, MOST_PER_MINUTE)],
  ['RATE_LIMIT_PER_HOUR', (v) => tooMany(v.RATE_LIMIT_PER_HOUR, 60 * MOST_PER_MINUTE)],
];

function debugFault(v: Given): string | null {
  const isAllowed = v.LOG_LEVEL !== 'debug' || v.LOG_DEBUG_UNTIL !== undefined;
  return when(
    !isAllowed,
    'must be INFO or higher in production, unless LOG_DEBUG_UNTIL says how long',
  );
}

/** One that is over is no fault: a process that comes back at night must start. */
function debugEndFault({ LOG_DEBUG_UNTIL: end }: Given, now: number): string | null {
  const isFar = (end ?? 0) > now + DEBUG_HOURS * 3_600_000;
  return when(isFar, `must lie within the next ${DEBUG_HOURS} hours in production`);
}

function secretKeyFault(v: Given): string | null {
  const key = v.SECRET_KEY;
  if (key === undefined) return 'is required in production';
  const others: [Variable, string | undefined][] = [
    ['SUPERSET_SECRET_KEY', v.SUPERSET_SECRET_KEY],
    ['SECRET_KEY_PREVIOUS', v.SECRET_KEY_PREVIOUS],
    ['BOOTSTRAP_ADMIN_API_KEY', v.BOOTSTRAP_ADMIN_API_KEY],
    ['METRICS_TOKEN', v.METRICS_TOKEN],
    ['DATABASE_URL', passwordOf(v.DATABASE_URL)],
    ['REDIS_PASSWORD', passwordOf(v.REDIS_URL) ?? v.REDIS_PASSWORD],
  ];
  const same = others.find(([, other]) => other === key);
  return same === undefined
    ? weakness(key, KEY_BYTES)
    : `must not be the secret of ${same[0]}, too: who learns one has both`;
}

function bootstrapFault({ BOOTSTRAP_ADMIN_API_KEY: key }: Given): string | null {
  if (key === undefined) return null;
  // By its length as text: a key of 24 random bytes cannot be guessed either.
  if (key.length < KEY_BYTES) return `must have at least ${KEY_BYTES} characters in production`;
  return weakness(key, TOKEN_BYTES);
}

function publicUrlFault(v: Given): string | null {
  if (v.PUBLIC_URL === undefined) return null;
  const { protocol, host, hostname } = new URL(v.PUBLIC_URL);
  if (protocol !== 'https:') return 'must be an https:// URL in production';
  const isAllowed = (v.ALLOWED_HOSTS ?? []).some((name) =>
    [host, hostname].includes(name.toLowerCase()),
  );
  return when(!isAllowed, 'must name a host of ALLOWED_HOSTS: others are answered with 421');
}

const TRUSTS_EVERYBODY =
  'must not trust every address in production: each client would choose its own';
/** Bits that a network of proxies has at least; 10.0.0.0/8 and fd00::/8 are the largest private ones. */
const FEWEST_BITS = 8;
/** IPv4 within IPv6 (RFC 4291) is behind 96 bits. */
const MAPPED_BITS = 96;

function isEverybody(network: string): boolean {
  const [address = '', bits] = network.split('/');
  if (bits === undefined) return false;
  const isMapped = !isIPv4(address) && /^(0:0:0:0:0|:):ffff:/i.test(address);
  return Number(bits) < FEWEST_BITS + (isMapped ? MAPPED_BITS : 0);
}

const defaultPasswords = new Set(
  'password passw0rd postgres postgresql admin root sono sono_eval sonoeval user test pass secret 123456 12345678'.split(
    ' ',
  ),
);

function databaseFault({ DATABASE_URL: url }: Given): string | null {
  if (url === undefined) {
    return 'is required in production (the embedded database is for development)';
  }
  const { hostname, username } = new URL(url);
  // Through a socket of the file system the server knows who asks.
  if (/^%2F/i.test(hostname)) return null;
  const password = passwordOf(url);
  if (password === undefined) return 'must have a password in production';
  const isDefault =
    defaultPasswords.has(password.toLowerCase()) ||
    password.toLowerCase() === username.toLowerCase() ||
    isPlaceholder(password);
  return when(isDefault, 'has a default or guessable password');
}

function redisFault(v: Given): string | null {
  if (v.REDIS_URL === undefined && v.REDIS_HOST === undefined) return null;
  const password = passwordOf(v.REDIS_URL) ?? v.REDIS_PASSWORD;
  return password === undefined
    ? 'is required in production: whoever reaches Redis could lift the limits and change what is cached'
    : weakPassword(password, REDIS_PASSWORD_LENGTH);
}

function tooMany(quota: number | undefined, most: number): string | null {
  return when((quota ?? 0) > most, `must be ${most} at most in production: more is no limit`);
}

/** Of a URL, as the server is given it; undefined when there is none. */
function passwordOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { password } = new URL(url);
  try {
    return decodeURIComponent(password) || undefined;
  } catch {
    return password;
  }
}
