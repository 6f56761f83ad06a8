import { createHash } from 'node:crypto';
import type { RequestContext } from '../request/context.ts';
import type { Behaviour, Reply } from './route.ts';

/** Of routes that answer by `withEtag`. */
export const conditional: Behaviour = {
  requestHeaders: {
    'If-None-Match': {
      description: 'Entity tags the client has, or `*`; if one is current the answer is 304.',
      example: '"pXzqV0vYk2gXb0t0l8Q7aWc3d9E"',
    },
  },
  responseHeaders: {
    ETag: {
      description: 'Strong entity tag of these very bytes.',
      example: '"pXzqV0vYk2gXb0t0l8Q7aWc3d9E"',
      pattern: '^"[\\w-]{27}"$',
      required: true,
    },
  },
  responses: { 304: { description: 'Not modified: the client has these bytes.' } },
};

/** A JSON text and the strong entity tag of its very bytes. */
export interface Tagged {
  body: string;
  etag: string;
}

/** @param body JSON text */
export function entityTag(body: string): Tagged {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  return { body, etag: `"${hash}"` };
}

/** 200 with the text as it is and a strong `ETag`, or 304 when the client has these bytes (RFC 9110, 13). */
export function withEtag(ctx: RequestContext, { body, etag }: Tagged): Reply {
  const headers = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
  };
  const known = ctx
    .get('If-None-Match')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
  return { status: 200, body, headers };
}
