import { bounded, counter } from '#telemetry/metrics.ts';
import { decisions } from './appeal.ts';

/** The engine has about 200, and most are never disputed. */
const rule = bounded(300);

export const appealsTotal = counter({
  name: 'assessment_appeals_total',
  help: 'Appeals by the rule of the disputed evidence: filed, and how they were decided',
  labels: { outcome: ['filed', ...decisions], rule },
});

/** The series of a rule begin when an appeal about it is first seen, so that its decision is a change that `increase()` sees. */
export function seen(rules: Iterable<string>): void {
  for (const name of rules) appealsTotal.init({ rule: name });
}
