/** What a server refuses whoever asks, until somebody changes the configuration: on either side. */
import { causesOf, codeOf, DependencyError, findCause } from '../errors.ts';
import type { RedisAccess } from './redis/access.ts';

export interface Refusal {
  /** The variable that says it differently from the server. */
  variable: 'DATABASE_URL' | 'REDIS_PASSWORD' | 'REDIS_HOST';
  /** What happened, as the end of a sentence: no address, name or value. */
  reason: string;
  /** A sentence: what to do. */
  fix: string;
}

const redisReplies: Record<string, Refusal> = {
  WRONGPASS: {
    variable: 'REDIS_PASSWORD',
    reason: 'Redis refuses the password (WRONGPASS)',
    fix: 'Set REDIS_PASSWORD to what requirepass, or the ACL of the user, says in Redis.',
  },
  NOAUTH: {
    variable: 'REDIS_PASSWORD',
    reason: 'Redis asks for a password (NOAUTH)',
    fix: 'Set REDIS_PASSWORD to what requirepass says in Redis.',
  },
  NOPERM: {
    variable: 'REDIS_PASSWORD',
    reason: 'the user of Redis lacks rights (NOPERM)',
    fix: 'Allow it the commands of strings, hashes, sets, scripts and channels, on keys that begin with rl: or sono-eval:.',
  },
  DENIED: {
    variable: 'REDIS_PASSWORD',
    reason: 'Redis takes no clients from other machines (DENIED: protected mode)',
    fix: 'Set requirepass in Redis, and REDIS_PASSWORD to the same.',
  },
};

/** A password was given, and nobody has to show it. */
const open: Refusal = {
  variable: 'REDIS_PASSWORD',
  reason: 'Redis does not ask for the password that it was given',
  fix: 'Set requirepass in Redis to REDIS_PASSWORD: now whoever reaches it may lift limits and change what is cached.',
};

const sqlStates: [RegExp, Refusal][] = [
  [
    /^28...$/,
    {
      variable: 'DATABASE_URL',
      reason: 'PostgreSQL refuses the user or the password',
      fix: 'Correct user and password in DATABASE_URL, or let the user in by pg_hba.conf.',
    },
  ],
  [
    /^3D000$/,
    {
      variable: 'DATABASE_URL',
      reason: 'there is no such database',
      fix: 'Correct the name in DATABASE_URL, or create the database.',
    },
  ],
  [
    /^42501$/,
    {
      variable: 'DATABASE_URL',
      reason: 'the user of the database lacks rights (42501)',
      fix: 'Grant it the tables of the service, or make it their owner.',
    },
  ],
];

/** Undefined for what passes by itself, or is nobody's refusal. */
export function refusalOf(error: unknown): Refusal | undefined {
  for (const link of causesOf(error)) {
    const code = codeOf(link);
    const said = sqlStates.find(([pattern]) => pattern.test(code))?.[1];
    if (said !== undefined) return said;
    const reply = link.name === 'ReplyError' ? link.message.split(' ', 1)[0] : undefined;
    if (reply !== undefined && Object.hasOwn(redisReplies, reply)) return redisReplies[reply];
    if (code === 'ENOTFOUND') return unknownHost(error);
  }
  return undefined;
}

/** Of a host that no resolver knows: it may come to be known, so nobody refuses to wait for it. */
function unknownHost(error: unknown): Refusal {
  const isRedis = findCause(error, DependencyError)?.dependency === 'redis';
  const variable = isRedis ? 'REDIS_HOST' : 'DATABASE_URL';
  return {
    variable,
    reason: 'its host name is not known (ENOTFOUND)',
    fix: `Correct the host in ${isRedis ? 'REDIS_HOST or REDIS_URL' : variable}.`,
  };
}

/** What is wrong with who gets into Redis; undefined when only we do, or nobody said that it should be so. */
export function accessRefusal({ anyone, login, work }: RedisAccess): Refusal | undefined {
  for (const answer of [login, work, anyone]) {
    const isAsked = answer === anyone && login === 'OK';
    if (answer !== null && !isAsked && Object.hasOwn(redisReplies, answer)) {
      return redisReplies[answer];
    }
  }
  return login !== null && anyone === 'PONG' ? open : undefined;
}
