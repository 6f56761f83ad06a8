import type { Config } from '../config.ts';
import { configWarnings } from '../config/warnings.ts';
import type { ConfigFault } from '../errors.ts';
import { itemOf, type ItemId } from './checklist.ts';
import { fail, pass, unknown, warn, type Finding } from './finding.ts';

export type Found = [ItemId, Finding];

/**
 * What the variables alone show.
 *
 * @param faults for which the service does not start
 * @param ofProduction those of the same variables, if this were production
 */
export function checkConfiguration(
  config: Config | null,
  faults: readonly ConfigFault[],
  ofProduction: readonly ConfigFault[],
): Found[] {
  const refused = faults.map(({ variable, fault, example }): Found => [
    itemOf(variable),
    fail(`${variable} ${fault}.`, `Set it, for example: ${variable}=${example}`),
  ]);
  const later = ofProduction
    .filter(({ variable }) => !faults.some((fault) => fault.variable === variable))
    .map(({ variable, fault, example }): Found => [
      itemOf(variable),
      unknown(
        `Production would refuse: ${variable} ${fault}.`,
        `Set it, for example: ${variable}=${example}`,
      ),
    ]);
  if (config === null) return [...refused, ...later];
  const warnings = configWarnings(config).map(({ variable, warning, fix }): Found => [
    itemOf(variable),
    warn(warning, fix),
  ]);
  return [...describe(config), ...warnings, ...refused, ...later];
}

/** What is so; what is wrong with it stands beside it. */
function describe({
  api,
  rateLimit,
  log,
  access,
  environment,
  supersetHost,
  ...rest
}: Config): Found[] {
  const { perMinute, perHour, mode, trustedProxies } = rateLimit;
  const proxies = trustedProxies.length;
  return [
    ['allowed-hosts', pass(`${api.allowedHosts.length} host(s) are allowed.`)],
    ['upload-limit', pass(`Bodies of ${api.maxBodyBytes} bytes at most, refused while reading.`)],
    [
      'rate-limiting',
      pass(`${perMinute}/min and ${perHour}/h of a caller or an address (${mode}).`),
    ],
    [
      'logging',
      pass(
        `Lines of level ${log.level} and above, ${log.format === 'json' ? 'JSON' : 'JSON unless a terminal reads them'}.`,
      ),
    ],
    ['environment', pass(`APP_ENV is ${environment}.`)],
    [
      'access',
      access.required
        ? pass('Every route but the public ones asks who it is.')
        : warn('AUTH_REQUIRED is false: all routes are open.', 'Set AUTH_REQUIRED=true.'),
    ],
    [
      'proxies',
      pass(
        proxies === 0 ? 'No X-Forwarded-For is believed.' : `${proxies} network(s) are believed.`,
      ),
    ],
    ['superset', ofSuperset(supersetHost, rest.hasSupersetKey)],
    ...(rest.secretKey === null ? [] : ([['secret-key', pass('It is set.')]] as Found[])),
    ...(rest.redis === null
      ? ([
          ['redis-password', pass('There is no Redis: each process limits and caches alone.')],
        ] as Found[])
      : []),
  ];
}

function ofSuperset(host: string | null, hasKey: boolean): Finding {
  if (host === null) return pass('SUPERSET_HOST is not set: there is none to ask.');
  return hasKey
    ? pass('SUPERSET_SECRET_KEY is set.')
    : unknown(
        'SUPERSET_SECRET_KEY is not set here: whether its key can be guessed was not looked at.',
        'Set it to the SECRET_KEY of Superset.',
      );
}
