import { limit } from '#grafana/thresholds.ts';
import { quantity, times } from '../texts.ts';
import { alert, type RuleFile } from '../rule.ts';

export const access: RuleFile = {
  name: 'access',
  about: 'Who tries to get in, and with what.',
  groups: {
    alerts: [
      // Access tokens expire every 15 minutes, and their clients renew them.
      alert('AuthFailuresHigh', {
        expr: `
            sum by (job) (rate(auth_attempts_total{outcome=~"invalid|revoked|limited"}[5m])) ${limit('AuthFailuresHigh')}
          `,
        for: '10m',
        cause: 'access',
        summary: 'Many credentials are refused',
        description: `
            ${quantity} credentials a second were refused as wrong or revoked in the last 5
            minutes: somebody guesses, or a client goes on with a key that was revoked.`,
        dashboard: 'access',
      }),
      alert('RefreshReuse', {
        expr: `sum by (job) (increase(auth_refresh_reuse_total[1h])) ${limit('RefreshReuse')}`,
        cause: 'access',
        summary: 'A refresh token came back after it was exchanged',
        description: `
            ${times} times in the last hour somebody presented a refresh token more than a minute
            after it was exchanged: it, or its successor, is in the wrong hands. That login has
            ended.`,
        dashboard: 'access',
      }),
      alert('AdminKeyBootstrapInUse', {
        expr: `max by (job) (access_bootstrap_key_active) ${limit('AdminKeyBootstrapInUse')}`,
        for: '1h',
        cause: 'access',
        summary: 'The bootstrap key is the only administrator',
        description: `
            For an hour there has been no enabled administrator (access_bootstrap_key_active is
            {{ $value }}): whoever has BOOTSTRAP_ADMIN_API_KEY may do everything, in nobody’s name.`,
        dashboard: 'access',
      }),
    ],
  },
};
