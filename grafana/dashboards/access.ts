import {
  auditEvents,
  authAttempts,
  authDenied,
  bootstrapKeyActive,
  passwordHashDuration,
  refreshReuse,
} from '#src/features/access/metrics.ts';
import { dashboard } from '../dashboard.ts';
import { stat, states, timeseries } from '../panels.ts';
import { increaseOverRange, quantile, rate, select, sumBy } from '../queries.ts';
import { acceptedOrNot } from '../states.ts';

/** Who gets in, who does not, and what changed that. */
export const access = dashboard({
  uid: 'api-access',
  title: 'API / Access',
  description: 'Which credentials are accepted and refused, and what was done to rights.',
  sections: [
    {
      id: 100,
      title: 'Who gets in',
      panels: [
        stat({
          id: 1,
          w: 6,
          h: 6,
          title: 'Refused credentials',
          description:
            'A second: wrong, revoked, or too many logins. One that has only expired is not among them.',
          unit: 'cps',
          queries: [
            {
              expr: `sum(${rate(authAttempts, 'outcome=~"invalid|revoked|limited"')})`,
              legend: 'refused',
            },
          ],
          alert: 'AuthFailuresHigh',
        }),
        stat({
          id: 2,
          w: 6,
          h: 6,
          title: 'Refresh tokens used again',
          description: 'In the time shown, after their leeway: each ended a login.',
          unit: 'short',
          decimals: 0,
          queries: [
            { expr: `sum(${increaseOverRange(refreshReuse)})`, legend: 'reused', instant: true },
          ],
          spark: false,
          alert: 'RefreshReuse',
        }),
        states({
          id: 3,
          w: 12,
          h: 6,
          title: 'The bootstrap key',
          description:
            'BOOTSTRAP_ADMIN_API_KEY is accepted as long as there is no enabled administrator.',
          unit: 'none',
          queries: [{ expr: select(bootstrapKeyActive), legend: '{{instance}}' }],
          states: acceptedOrNot,
          alert: 'AdminKeyBootstrapInUse',
        }),
        timeseries({
          id: 4,
          w: 12,
          h: 9,
          title: 'Credentials by kind',
          description: 'Each request brings some; a password and a refresh token bring new ones.',
          unit: 'cps',
          look: 'stack',
          queries: [{ expr: sumBy('method', rate(authAttempts)), legend: '{{method}}' }],
          links: ['AuthFailuresHigh'],
        }),
        timeseries({
          id: 5,
          w: 12,
          h: 9,
          title: 'Refused by reason',
          description:
            'Expired access tokens are renewed by their clients; what is invalid or revoked is not.',
          unit: 'cps',
          queries: [
            {
              expr: sumBy('method, outcome', rate(authAttempts, 'outcome!="ok"')),
              legend: '{{method}} {{outcome}}',
            },
          ],
          links: ['AuthFailuresHigh'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Rights',
      panels: [
        timeseries({
          id: 6,
          w: 8,
          h: 8,
          title: 'Not allowed (403)',
          description:
            'Callers who asked for more than their role may, by what the route asks for.',
          unit: 'cps',
          queries: [{ expr: sumBy('access', rate(authDenied)), legend: '{{access}}' }],
          links: ['traces'],
        }),
        timeseries({
          id: 7,
          w: 8,
          h: 8,
          title: 'Time of a password hash (p95)',
          description:
            'Two run at a time; a login waits for its turn besides, and beyond 32 that wait it is answered 503.',
          unit: 's',
          noValue: 'no logins',
          queries: [{ expr: quantile(0.95, passwordHashDuration), legend: 'p95' }],
          links: ['traces'],
        }),
        timeseries({
          id: 8,
          w: 8,
          h: 8,
          title: 'Entries in the audit log',
          description: 'What changed rights or erased something, by kind.',
          unit: 'cps',
          look: 'bars',
          queries: [{ expr: sumBy('action', rate(auditEvents)), legend: '{{action}}' }],
          links: ['RefreshReuse'],
        }),
      ],
    },
  ],
});
