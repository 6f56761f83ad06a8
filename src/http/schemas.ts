/** Pieces that every resource shares. */
import { z } from 'zod';

export const score = z.number().min(0).max(100);
export const nullableScore = score.nullable();

/** RFC 3339 with an offset, or a date, between 1970 and 2100. */
export const isoDate = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a date such as 2026-01-31 or 2026-01-31T10:00:00Z',
  })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1970 && date.getUTCFullYear() <= 2100, {
    error: 'must lie between 1970 and 2100',
  });

/** A query parameter arrives as text. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `must be a whole number from ${min} to ${max}` });

/** The last id of the page before, opaque to clients. */
const cursor = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9_-]+$/, 'is not a cursor of this list')
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8'))
  .refine((id) => /^[A-Za-z0-9_-]{1,100}$/.test(id), { error: 'is not a cursor of this list' });

export const pageQuery = z.strictObject({
  limit: queryInteger(1, 100).default(20),
  cursor: cursor.optional(),
});

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export function pageSchema<T extends z.ZodType>(item: T, id: string) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() }).meta({ id });
}

/**
 * @param rows one more than `limit` when there is a next page
 */
export function toPage<Row, T>(
  rows: Row[],
  limit: number,
  idOf: (row: Row) => string,
  present: (row: Row) => T,
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: kept.map(present),
    next_cursor: more ? Buffer.from(idOf(last)).toString('base64url') : null,
  };
}
