/** A row for the submission, each path, each criterion and each finding; sorted by number they tell the whole result. */
import { csvText, type Table } from '../../../http/routing/csv.ts';
import type { Finding, ReportCriterion, ReportModel, ReportPath } from '../report-model.ts';

interface Row {
  number: string;
  level: 'submission' | 'path' | 'criterion' | 'finding';
  path?: string;
  criterion?: string;
  score?: number | null;
  humanScore?: number | null;
  rangeLow?: number | null;
  rangeHigh?: number | null;
  confidence?: number;
  base?: number;
  points?: number;
  weight?: number;
  effect?: string;
  rule?: string;
  file?: string | null;
  startLine?: number | null;
  endLine?: number | null;
  text: string;
  findingId?: string;
}

const columns: Table<Row>['columns'] = [
  ['number', (row) => row.number],
  ['level', (row) => row.level],
  ['path', (row) => row.path ?? null],
  ['criterion', (row) => row.criterion ?? null],
  ['score', (row) => row.score ?? null],
  ['human_score', (row) => row.humanScore ?? null],
  ['range_low', (row) => row.rangeLow ?? null],
  ['range_high', (row) => row.rangeHigh ?? null],
  ['confidence', (row) => row.confidence ?? null],
  ['base', (row) => row.base ?? null],
  ['points', (row) => row.points ?? null],
  ['weight', (row) => row.weight ?? null],
  ['effect', (row) => row.effect ?? null],
  ['rule', (row) => row.rule ?? null],
  ['file', (row) => row.file ?? null],
  ['start_line', (row) => row.startLine ?? null],
  ['end_line', (row) => row.endLine ?? null],
  ['text', (row) => row.text],
  ['finding_id', (row) => row.findingId ?? null],
];

export function toCsv(report: ReportModel): string {
  const { score, humanScore, confidence, summary: text, paths } = report;
  const whole: Row = { number: '0', level: 'submission', score, humanScore, confidence, text };
  return csvText({ columns, rows: [whole, ...paths.flatMap(rowsOfPath)] });
}

function rowsOfPath(path: ReportPath): Row[] {
  const { number, name, score, interval, confidence, reason, criteria } = path;
  const row: Row = {
    number,
    level: 'path',
    path: name,
    score,
    humanScore: path.humanScore,
    rangeLow: interval?.[0] ?? null,
    rangeHigh: interval?.[1] ?? null,
    confidence,
    text: reason ?? path.title,
  };
  return [row, ...criteria.flatMap((criterion) => rowsOfCriterion(name, criterion))];
}

function rowsOfCriterion(path: string, criterion: ReportCriterion): Row[] {
  const { number, name, score, base, weight, confidence, explanation, findings } = criterion;
  const start = score === null ? {} : { base };
  const row: Row = {
    number,
    level: 'criterion',
    path,
    criterion: name,
    score,
    ...start,
    confidence,
    weight,
    text: explanation,
  };
  return [row, ...findings.map((finding) => rowOfFinding(path, name, finding))];
}

function rowOfFinding(path: string, criterion: string, finding: Finding): Row {
  const { number, points, effect, rule, file, startLine, endLine, text, id } = finding;
  return {
    number,
    level: 'finding',
    path,
    criterion,
    points,
    effect,
    rule,
    file,
    startLine,
    endLine,
    text,
    findingId: id,
  };
}
