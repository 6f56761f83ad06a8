/** `Prefer: return=representation` (RFC 7240). */
import type { RequestContext } from '../request/context.ts';
import type { Behaviour } from './route.ts';

/** Of routes that answer without a body, and with one for who prefers it. */
export const preferring: Behaviour = {
  requestHeaders: {
    Prefer: {
      description: '`return=representation` asks for a body (RFC 7240).',
      example: 'return=representation',
    },
  },
  responseHeaders: {
    'Preference-Applied': {
      description: 'The preference that this answer follows.',
      example: 'return=representation',
      pattern: '^return=representation$',
    },
  },
};

export const representationApplied = { 'Preference-Applied': 'return=representation' };

/** `return` at the beginning of a preference, with its value, quoted or not; parameters may follow. */
const returned = /^[\t ]*return[\t ]*=[\t ]*"?(representation|minimal)"?[\t ]*(?:;|$)/i;

/** Of two preferences of one name the first counts (RFC 7240, 2). */
export function prefersRepresentation(ctx: RequestContext): boolean {
  const [first] = ctx
    .get('Prefer')
    .split(',')
    .flatMap((preference) => returned.exec(preference)?.slice(1) ?? []);
  return first?.toLowerCase() === 'representation';
}
