import { AppError } from '../errors.ts';
import type { Behaviour } from './routing/route.ts';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** Of routes whose handler runs once for each key. */
export const idempotent: Behaviour = {
  check(ctx) {
    // An empty one is refused, too: who sends it counts on being answered once.
    const key = ctx.req.headers['idempotency-key'];
    if (key === undefined || KEY.test(String(key))) return;
    throw new AppError(
      'BAD_REQUEST',
      'Idempotency-Key must be 1 to 255 printable ASCII characters.',
    );
  },
  requestHeaders: {
    'Idempotency-Key': {
      description:
        'The same key and body within 24 hours give the first answer again; another body is 422, and 409 while the first runs.',
      example: '3f6c9d1e-order-42',
      pattern: KEY.source,
    },
  },
  responseHeaders: {
    'Idempotency-Replayed': {
      description: '`true` when this is the answer of a former request with the same key.',
      example: 'true',
      pattern: '^true$',
    },
  },
  errors: ['BAD_REQUEST', 'CONFLICT'],
};
