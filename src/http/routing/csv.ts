/** A list as a table: RFC 4180, UTF-8, one header row. */
import { stringify } from 'csv-stringify/sync';
import { AppError } from '../../errors.ts';
import type { RequestContext } from '../request/context.ts';
import type { Behaviour, Reply } from './route.ts';

/** Of routes that answer `text/csv` where `Accept` asks for it. */
export const csvToo: Behaviour = {
  errors: ['NOT_ACCEPTABLE'],
  responseHeaders: {
    Link: {
      description: 'Of a table: the next page, with `rel="next"`; absent on the last.',
      example: '</api/v1/assessments?limit=20&cursor=Q2FuZGlkYXRl>; rel="next"',
    },
    'Content-Disposition': {
      description: 'Of a table: a file name for it.',
      example: 'attachment; filename="assessments.csv"',
    },
  },
};

/** @throws {AppError} NOT_ACCEPTABLE when neither JSON nor CSV is accepted */
export function wantsCsv(ctx: RequestContext): boolean {
  ctx.vary('Accept');
  const type = ctx.accepts('application/json', 'text/csv');
  if (type === 'text/csv') return true;
  if (type === 'application/json') return false;
  throw new AppError('NOT_ACCEPTABLE', 'This is served as application/json and text/csv.');
}

export interface Table<Row> {
  /** Of the file, without its extension; letters, digits and hyphens. */
  name: string;
  columns: readonly (readonly [header: string, cell: (row: Row) => string | number | null])[];
  rows: readonly Row[];
  nextCursor: string | null;
}

export const csvType = 'text/csv; charset=utf-8; header=present';

/** A text that a spreadsheet would take for a formula gets an apostrophe before it; a number does not. */
export function csvText<Row>({ columns, rows }: Pick<Table<Row>, 'columns' | 'rows'>): string {
  const cells = rows.map((row) => columns.map(([, cell]) => cell(row)));
  return stringify([columns.map(([header]) => header), ...cells], {
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}

export function csvReply<Row>(ctx: RequestContext, table: Table<Row>): Reply {
  const { name, nextCursor } = table;
  const body = csvText(table);
  const headers: Record<string, string> = {
    'Content-Type': csvType,
    'Content-Disposition': `attachment; filename="${name}.csv"`,
  };
  if (nextCursor !== null) {
    const query = new URLSearchParams(ctx.querystring);
    query.set('cursor', nextCursor);
    headers['Link'] = `<${ctx.path}?${query.toString()}>; rel="next"`;
  }
  return { status: 200, body, headers };
}
