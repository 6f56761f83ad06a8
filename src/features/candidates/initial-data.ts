import type { RequestContext } from '../../http/request/context.ts';
import { invalid } from '../../http/routing/validate.ts';
import { JsonText } from '../../json/json-text.ts';
import { INITIAL_DATA_BYTES, INITIAL_DATA_RULE } from './candidate-schemas.ts';

/**
 * `initial_data` as it was written; the body that it is part of was validated.
 *
 * @throws {AppError} VALIDATION_ERROR when it is too long by its spaces
 */
export function sentWith(ctx: RequestContext): JsonText {
  const text = ctx.state.json?.sources.get('initial_data') ?? '{}';
  if (text === 'null') return new JsonText('{}');
  if (Buffer.byteLength(text) <= INITIAL_DATA_BYTES) return new JsonText(text);
  throw invalid('The request body does not fit.', [
    { pointer: '/initial_data', message: INITIAL_DATA_RULE, code: 'custom' },
  ]);
}
