/** Where a page of a list ended: what it is ordered by, and whose row that was. */
import { noCursor } from '../../http/routing/schemas.ts';

/** The last row of the page before. */
export interface Position {
  /** A time in milliseconds, or a score; null: it had none. */
  key: number | null;
  id: string;
}

/** Milliseconds of a `Date`, which scores do not reach. */
const MOST = 8.64e15;
const TEXT = /^(?<bits>[0-9a-f]{16}|none)-(?<id>.+)$/;

/** The key in the bits of a double: it comes back as it was. */
export function positionText({ key, id }: Position): string {
  if (key === null) return `none-${id}`;
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(key);
  return `${bits.toString('hex')}-${id}`;
}

/**
 * @param ids what the list's ids look like, from the first to the last character
 * @throws {AppError} VALIDATION_ERROR when no list gave it
 */
export function positionOf(text: string | undefined, ids: RegExp): Position | undefined {
  if (text === undefined) return undefined;
  const { bits = '', id = '' } = TEXT.exec(text)?.groups ?? {};
  if (!ids.test(id)) throw noCursor();
  if (bits === 'none') return { key: null, id };
  const key = Buffer.from(bits, 'hex').readDoubleBE();
  if (!Number.isFinite(key) || Math.abs(key) > MOST) throw noCursor();
  return { key, id };
}
