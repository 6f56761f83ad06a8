import { httpRequestDuration } from '#src/http/request/metrics.ts';
import {
  checkDuration,
  fallbackActive,
  limiterDecisions,
  localEntries,
  localEvictions,
  requestsLimited,
  storeErrors,
  utilization,
} from '#src/resilience/rate-limit/metrics.ts';
import { attr } from '#telemetry/conventions.ts';
import { dashboard } from '../dashboard.ts';
import { is, logsTable } from '../logs.ts';
import { stat, states, timeseries } from '../panels.ts';
import { countRate, quantile, rate, ratio, select, sumBy } from '../queries.ts';
import { sharedOrAlone } from '../states.ts';

/** Who is refused, by which policy, and who decides. */
export const rateLimit = dashboard({
  uid: 'api-rate-limit',
  title: 'API / Rate limit',
  description: 'How many requests are refused and why, and whether Redis or each process decides.',
  sections: [
    {
      id: 100,
      title: 'Refusals',
      panels: [
        stat({
          id: 1,
          w: 6,
          h: 6,
          title: 'Refused',
          description: 'Share of all requests that were answered 429.',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                `sum(${rate(requestsLimited, 'reason="quota"')})`,
                countRate(httpRequestDuration),
              ),
              legend: 'refused',
            },
          ],
          noValue: '0%',
          alert: 'RateLimitSurge',
        }),
        states({
          id: 2,
          w: 18,
          h: 6,
          title: 'Who decides',
          description:
            'Shared: by what all processes have admitted. Alone: Redis does not answer, and each instance decides by what it has seen itself.',
          unit: 'none',
          queries: [{ expr: select(fallbackActive), legend: '{{instance}}' }],
          states: sharedOrAlone,
          alert: 'RateLimiterDegraded',
        }),
        timeseries({
          id: 3,
          w: 12,
          h: 9,
          title: 'Refused by route',
          description: 'The five routes and policies that refuse most.',
          unit: 'reqps',
          noValue: 'none',
          queries: [
            {
              expr: `topk(5, ${sumBy('route, policy, reason', rate(requestsLimited))} > 0)`,
              legend: '{{route}} {{policy}} {{reason}}',
            },
          ],
          links: ['RateLimitSurge'],
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 9,
          title: 'Refusals by policy',
          description:
            'A refused request counts for every policy that refuses it; shadow policies refuse nothing. Errors: neither Redis nor the process could decide.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy(
                'policy, decision',
                rate(limiterDecisions, 'decision=~"limited|shadow_limited"'),
              ),
              legend: '{{policy}} {{decision}}',
            },
            {
              expr: sumBy('decision', rate(limiterDecisions, 'decision=~"error|bypassed"')),
              legend: '{{decision}}',
            },
          ],
          links: ['RateLimitSurge'],
        }),
        timeseries({
          id: 5,
          w: 12,
          h: 9,
          title: 'Use of the quota (p95)',
          description: '95 % of the decisions left a client with less than this share used.',
          unit: 'percentunit',
          noValue: 'no traffic',
          max: 1,
          queries: [{ expr: quantile(0.95, utilization, 'policy'), legend: '{{policy}}' }],
          links: ['RateLimitSurge'],
        }),
        timeseries({
          id: 6,
          w: 12,
          h: 9,
          title: 'Decisions by source',
          description:
            'Redis, what Redis refused a moment ago (local_block), or the process alone (insurance).',
          unit: 'ops',
          look: 'stack',
          queries: [{ expr: sumBy('source', rate(limiterDecisions)), legend: '{{source}}' }],
          links: ['RateLimiterDegraded'],
        }),
      ],
    },
    {
      id: 101,
      title: 'The limiter itself',
      panels: [
        timeseries({
          id: 7,
          w: 12,
          h: 8,
          title: 'Time of a decision (p99)',
          description: 'By whether Redis was asked; never longer than its deadline of 50 ms.',
          unit: 's',
          noValue: 'no traffic',
          queries: [{ expr: quantile(0.99, checkDuration, 'backend'), legend: '{{backend}}' }],
          links: ['RateLimiterDegraded', 'traces'],
        }),
        timeseries({
          id: 8,
          w: 12,
          h: 8,
          title: 'Failures of Redis',
          description: 'Decisions a second that Redis could not make, by reason.',
          unit: 'cps',
          look: 'bars',
          queries: [{ expr: sumBy('reason', rate(storeErrors)), legend: '{{reason}}' }],
          links: ['RateLimiterDegraded'],
        }),
        timeseries({
          id: 9,
          w: 12,
          h: 8,
          title: 'Remembered in a process',
          description: 'Windows and cells of subjects, denials and addresses, all bounded.',
          unit: 'short',
          decimals: 0,
          queries: [
            {
              expr: sumBy('instance, kind', select(localEntries)),
              legend: '{{instance}} {{kind}}',
            },
          ],
          links: ['RateLimiterOverflow'],
        }),
        timeseries({
          id: 10,
          w: 12,
          h: 8,
          title: 'Found no room',
          description:
            'A window without room is shared with other newcomers. Denials and addresses are only looked up again.',
          unit: 'cps',
          queries: [{ expr: sumBy('kind', rate(localEvictions)), legend: '{{kind}}' }],
          alert: 'RateLimiterOverflow',
        }),
      ],
    },
    {
      id: 102,
      title: 'Who (needs the log store)',
      closed: [
        logsTable({
          id: 11,
          w: 24,
          h: 9,
          title: 'Top offenders',
          description:
            'Clients, each by its hash, and routes with the most answers 429 in the time shown.',
          where: is(attr.httpStatus, '=429'),
          by: { [attr.subject]: 'Client', [attr.httpRoute]: 'Route' },
          alert: 'RateLimitSurge',
        }),
      ],
    },
  ],
});
