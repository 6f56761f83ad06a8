import { createHash } from 'node:crypto';
import type { RequestContext } from './context.ts';
import type { Reply } from './route.ts';

/** 200 with a strong `ETag` of the very bytes, or 304 when the client has them (RFC 9110, 13). */
export function withEtag(ctx: RequestContext, value: unknown): Reply {
  const body = JSON.stringify(value);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
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
