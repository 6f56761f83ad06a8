/** Pieces that every resource shares. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { AppError } from '../../errors.ts';
import { invalid } from './validate.ts';

/** RFC 3339 with an offset, or a date, between 1970 and 2100. */
const isoText = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'must be a date such as 2026-01-31 or 2026-01-31T10:00:00Z',
});
const inOurTime = (date: Date) => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 2100;
const outOfTime = { error: 'must lie between 1970 and 2100' };

/** Start of a range: a date without a time is its first moment (UTC). */
export const fromDate = isoText
  .transform((text) => new Date(text))
  .refine(inOurTime, outOfTime)
  .meta({ description: 'Inclusive; a date without a time is its first moment, UTC' });

/** End of a range, inclusive: a date without a time is its last millisecond, which is what is stored. */
export const toDate = isoText
  .transform((text) => new Date(text.includes('T') ? text : `${text}T23:59:59.999Z`))
  .refine(inOurTime, outOfTime)
  .meta({ description: 'Inclusive; a date without a time is its last moment, UTC' });

/** Of a query with `from` and `to`: a range that nothing lies in is a mistake. */
export function isRange({ from, to }: { from?: Date | undefined; to?: Date | undefined }): boolean {
  return from === undefined || to === undefined || from <= to;
}

export const noRange = { path: ['from'], error: 'must not be after to' };

/** A query parameter arrives as text and is documented as what it stands for. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .meta({ type: 'integer', minimum: min, maximum: max })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `must be a whole number from ${min} to ${max}` });

/** What people read in one line, such as a name. @param max characters */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text) && text === text.trim(), {
      error: 'must have no control characters, and no blank at either end',
    });

const NO_CURSOR = 'is not a cursor of this list';

/** Which list the cursor is of, and the last id of the page before; opaque to clients. */
const cursor = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9_-]+$/, NO_CURSOR)
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .refine((text) => /^[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{1,120}$/.test(text), { error: NO_CURSOR });

/** A few letters for a list and its filters: a cursor of another one is refused. @param list its name and every filter */
function markOf(list: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(list), 'base64url').slice(0, 8);
}

/**
 * @param text as the query was validated
 * @param list as for `toPage`
 * @returns the last id of the page before
 * @throws {AppError} VALIDATION_ERROR when it is of another list, or of other filters
 */
export function afterOf(text: string | undefined, list: readonly unknown[]): string | undefined {
  if (text === undefined) return undefined;
  const [mark, id] = text.split('.');
  if (mark === markOf(list)) return id;
  throw noCursor();
}

/** What is answered to a cursor that no page of this list gave. */
export function noCursor(): AppError {
  return invalid('The request query does not fit the schema.', [
    { pointer: '/cursor', message: NO_CURSOR, code: 'custom' },
  ]);
}

export const pageQuery = z.strictObject({
  limit: queryInteger(1, 100).default(20).describe('Most items of the page'),
  cursor: cursor.optional().describe('`next_cursor` of the page before, with the same filters'),
});

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export function pageSchema<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({
      items: z.array(item).describe('At most `limit` of them'),
      next_cursor: z.string().nullable().describe('`cursor` of the next page; null on the last'),
    })
    .meta({ id, description: 'One page of a list.' });
}

/**
 * @param rows one more than `limit` when there is a next page
 * @param list its name and every filter: the cursor is good for no other
 */
export function toPage<Row, T>(
  rows: Row[],
  { limit, list }: { limit: number; list: readonly unknown[] },
  idOf: (row: Row) => string,
  present: (row: Row) => T,
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: kept.map(present),
    next_cursor: more ? Buffer.from(`${markOf(list)}.${idOf(last)}`).toString('base64url') : null,
  };
}
