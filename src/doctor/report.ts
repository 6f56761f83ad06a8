import { statuses, type Finding, type Item, type Status } from './finding.ts';

const marks: Record<Status, string> = {
  pass: 'PASS',
  unknown: 'LOOK',
  warn: 'WARN',
  fail: 'FAIL',
};

export type Summary = Record<Status, number>;

export function summarise(items: readonly Item[]): Summary {
  const count = (status: Status) => items.filter((item) => item.status === status).length;
  return Object.fromEntries(statuses.map((status) => [status, count(status)])) as Summary;
}

/** For people: an item, what was found of it, and what to do. */
export function textReport(environment: string, items: readonly Item[]): string {
  const { pass, unknown, warn, fail } = summarise(items);
  const lines = items.flatMap(({ title, status, findings }) => [
    `${marks[status]}  ${title}`,
    ...findings.flatMap(describe),
  ]);
  const counts = `${pass} pass, ${warn} warn, ${fail} fail, ${unknown} to be looked at elsewhere`;
  return `Security checklist (${environment})\n\n${lines.join('\n')}\n\n${counts}\n`;
}

function describe({ status, detail, fix }: Finding): string[] {
  const line = `      ${status === 'pass' ? ' ' : '-'} ${detail}`;
  return fix === null ? [line] : [line, `        Fix: ${fix}`];
}

export function jsonReport(environment: string, version: string, items: readonly Item[]): string {
  return `${JSON.stringify({ version, environment, summary: summarise(items), items }, null, 2)}\n`;
}

/** @param strict whether a warning is a failure, too */
export function exitCode(items: readonly Item[], strict: boolean): number {
  const { warn, fail } = summarise(items);
  return fail > 0 || (strict && warn > 0) ? 1 : 0;
}
