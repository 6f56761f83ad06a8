/** The result of a drill for people. */
import type { Evidence, Verdict } from './evidence.ts';

const time = (seconds: number | null): string => {
  if (seconds === null) return '–';
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
};

const columns: [string, (verdict: Verdict) => string][] = [
  ['incident', ({ incident }) => incident],
  ['detected after', ({ detectedS }) => time(detectedS)],
  ['told after', ({ toldS }) => time(toldS)],
  ['pages', ({ pages }) => String(pages)],
  ['tickets', ({ tickets }) => String(tickets)],
  ['resolved after', ({ resolvedAfterS }) => time(resolvedAfterS)],
  ['false alerts', ({ falseAlerts }) => String(falseAlerts)],
  ['dead ends', ({ deadEnds }) => String(deadEnds)],
  ['as expected', ({ failures }) => (failures.length === 0 ? 'yes' : 'NO')],
];

export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...verdicts.map((verdict) => columns.map(([, cell]) => cell(verdict))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function detailsOf({ told, steps, clicks, commands }: Evidence, verdict: Verdict): string {
  const messages = told
    .filter(({ receiver }) => receiver !== 'dead-man')
    .map(
      ({ atS, receiver, status, texts }) =>
        `  ${String(atS).padStart(5)} s  ${receiver} ${status}: ${texts.join(' / ')}`,
    );
  const way = steps.map(
    ({ what, command, found }) =>
      `  ${found === null ? 'DEAD END' : 'found   '}  ${what}${command === undefined ? '' : `\n              ${command}`}${found === null ? '' : `\n            → ${found}`}`,
  );
  const ways = [
    clicks === null ? [] : [`${clicks} clicks`],
    commands === null ? [] : [`${commands} commands`],
  ].flat();
  return [
    `${verdict.incident}: ${verdict.failures.length === 0 ? 'as expected' : 'NOT AS EXPECTED'}`,
    ...verdict.failures.map((failure) => `  !  ${failure}`),
    ...messages,
    ...way,
    `  to the cause: ${ways.join(' or ') || 'no way'}`,
  ].join('\n');
}
