import type { Config } from '../config.ts';
import { hostOf, isLoopback } from './hosts.ts';
import type { Variable } from './variables.ts';

export interface ConfigWarning {
  variable: Variable;
  /** A sentence that quotes no value. */
  warning: string;
  /** What to do. */
  fix: string;
}

/** What production starts with, although it should be otherwise. */
export function configWarnings(config: Config): ConfigWarning[] {
  const { production, api, rateLimit, log } = config;
  if (!production) return [];
  const found: (ConfigWarning | false)[] = [
    ...databaseWarnings(config.database.url),
    api.publicUrl === null && {
      variable: 'PUBLIC_URL',
      warning: 'PUBLIC_URL is not set: nobody can tell whether clients come by HTTPS.',
      fix: 'Set PUBLIC_URL to the https:// address of clients.',
    },
    rateLimit.mode === 'shadow' && {
      variable: 'RATE_LIMIT_MODE',
      warning: 'RATE_LIMIT_MODE is shadow: nobody is refused, whatever they ask.',
      fix: 'Set RATE_LIMIT_MODE=enforce once it is known whom it refuses.',
    },
    log.level === 'debug' && {
      variable: 'LOG_DEBUG_UNTIL',
      warning: 'Debug lines are written until LOG_DEBUG_UNTIL.',
      fix: 'Set LOG_LEVEL=INFO when you have seen enough.',
    },
    log.level !== 'debug' &&
      log.debugUntil !== null && {
        variable: 'LOG_DEBUG_UNTIL',
        warning: 'LOG_DEBUG_UNTIL is over: LOG_LEVEL=DEBUG has no effect.',
        fix: 'Set LOG_LEVEL=INFO and remove LOG_DEBUG_UNTIL.',
      },
  ];
  return found.filter((warning) => warning !== false);
}

function databaseWarnings(text: string | undefined): (ConfigWarning | false)[] {
  if (text === undefined) return [];
  const { hostname, host, username, searchParams } = new URL(text);
  const isHere = /^%2F/i.test(hostname) || isLoopback(hostOf(host));
  const ssl = searchParams.get('sslmode') ?? searchParams.get('ssl');
  return [
    username === 'postgres' && {
      variable: 'DATABASE_URL',
      warning: 'DATABASE_URL has the user postgres, who may do anything in that server.',
      fix: 'Make a user that owns this database alone.',
    },
    !isHere &&
      (ssl === null || /^(disable|allow|prefer|false|0)$/.test(ssl)) && {
        variable: 'DATABASE_URL',
        warning:
          'DATABASE_URL asks for no TLS: passwords and submissions cross the network in the clear.',
        fix: 'Add ?sslmode=verify-full, and sslrootcert=… for a certificate authority of your own.',
      },
  ];
}
