import { createHash } from 'node:crypto';
import type { RequestContext } from '../request/context.ts';
import type { Reply } from './route.ts';

/** A JSON text and the strong entity tag of its very bytes. */
export interface Tagged {
  body: string;
  etag: string;
}

export function entityTag(value: unknown): Tagged {
  const body = JSON.stringify(value);
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  return { body, etag: `"${hash}"` };
}

/** 200 with a strong `ETag`, or 304 when the client has these bytes (RFC 9110, 13). */
export function withEtag(ctx: RequestContext, { body, etag }: Tagged): Reply {
  const headers = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
    'Content-Type': 'application/json; charset=utf-8',
  };
  const known = ctx
    .get('If-None-Match')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
  return { status: 200, body, headers };
}
