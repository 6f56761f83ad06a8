import type { RequestContext } from '../../http/request/context.ts';
import { invalid } from '../../http/routing/validate.ts';
import { JsonText } from '../../json/json-text.ts';

/** An object that a body may carry, and the most bytes of it as it is written. */
export interface SentObject {
  member: string;
  bytes: number;
  /** What is told to who sends more. */
  rule: string;
}

/**
 * The object as it was written; the body that it is part of was validated. Null and what is missing are empty.
 *
 * @throws {AppError} VALIDATION_ERROR when it is too long by its spaces
 */
export function sentWith(ctx: RequestContext, { member, bytes, rule }: SentObject): JsonText {
  const text = ctx.state.json?.sources.get(member) ?? '{}';
  if (text === 'null') return new JsonText('{}');
  if (Buffer.byteLength(text) <= bytes) return new JsonText(text);
  throw invalid('The request body does not fit.', [
    { pointer: `/${member}`, message: rule, code: 'custom' },
  ]);
}
