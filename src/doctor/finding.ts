import { redactText } from '#telemetry/redaction.ts';
import { firstCause } from '../errors.ts';

/** `unknown`: cannot be seen from where the doctor runs; neither good nor bad. */
export const statuses = ['pass', 'unknown', 'warn', 'fail'] as const;
export type Status = (typeof statuses)[number];

/** Something that was looked at; no value of a variable, and no secret. */
export interface Finding {
  status: Status;
  /** A sentence. */
  detail: string;
  /** A sentence; null where there is nothing to do. */
  fix: string | null;
}

/** An item of the checklist with everything that was found of it. */
export interface Item {
  id: string;
  title: string;
  /** The worst of its findings. */
  status: Status;
  findings: Finding[];
}

export const pass = (detail: string): Finding => ({ status: 'pass', detail, fix: null });
export const unknown = (detail: string, fix: string | null = null): Finding => ({
  status: 'unknown',
  detail,
  fix,
});
export const warn = (detail: string, fix: string): Finding => ({ status: 'warn', detail, fix });
export const fail = (detail: string, fix: string): Finding => ({ status: 'fail', detail, fix });

/** Why something could not be asked: where it began, without what looks like a secret. */
export function whyNot(error: unknown): string {
  return redactText(firstCause(error)?.message ?? 'no answer');
}

export function createItem(id: string, title: string, findings: Finding[]): Item {
  const worst = Math.max(0, ...findings.map(({ status }) => statuses.indexOf(status)));
  return { id, title, status: statuses[worst] ?? 'pass', findings };
}
