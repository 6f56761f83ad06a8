import { causeOfComponent } from '../causes.ts';
import { API } from '../roles.ts';
import { alert, type RuleFile } from '../rule.ts';

/** As long as the alerts that it explains look back (5 minutes), and an evaluation more. */
const LINGER = '6m';

const dashboard = 'overview';

/** As long as it is so, and longer if somebody was told of it: what nobody is told of must hide nothing that lasts. */
function whileOrTold(gauge: string, on: string, alerts: string): string {
  const told = `max_over_time(ALERTS{alertname=~"${alerts}",alertstate="firing"}[${LINGER}])`;
  return `
    ${gauge} == 0
    or
    ${gauge}
    and on (${on})
    max by (${on}) (${told})`;
}

/**
 * Nobody is told of these: they fire at once, before `for` of an alert is over, and hold back what
 * they explain. So it does not matter which alert of an incident is the first to fire.
 */
export const incidents: RuleFile = {
  name: 'incidents',
  about: 'What explains other alerts, from the first moment until they are over.',
  groups: {
    alerts: [
      alert('IncidentOpen', {
        expr: `absent(up${API}) or max by (job) (up${API}) == 0`,
        cause: 'process',
        summary: 'No instance can be reached',
        description: `
          While no instance is scraped (value {{ $value }}), whatever else is said about the service is
          old, and held back.`,
        dashboard,
      }),
      alert('IncidentOpen', {
        expr: whileOrTold(
          'min by (job, component, critical) (component_up)',
          'job, component',
          'ComponentDown|ComponentDegraded',
        ),
        cause: causeOfComponent,
        summary: '{{ $labels.component }} explains other alerts',
        description: `
          While {{ $labels.component }} does not work, and ${LINGER} longer if an alert said so, alerts of
          its cause are held back; of a critical one also those about users' trouble. component_up is
          {{ $value }}.`,
        dashboard: 'health',
      }),
      alert('IncidentOpen', {
        expr: whileOrTold(`max by (job) (app_ready${API})`, 'job', 'ApiAllNotReady'),
        cause: 'readiness',
        summary: 'That no instance is ready explains other alerts',
        description: `
          While no instance is ready, and ${LINGER} longer if an alert said so, alerts about users'
          trouble are held back. app_ready is {{ $value }}.`,
        dashboard: 'health',
      }),
    ],
  },
};
