import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { HeaderFact, HeaderFacts } from '../headers.ts';
import type { RequestContext } from '../request/context.ts';
import type { Behaviour, Reply } from './route.ts';

const ifMatch: HeaderFact = {
  description: 'Entity tags, or `*`; unless one of them is current the answer is 412.',
  example: '"pXzqV0vYk2gXb0t0l8Q7aWc3d9E"',
};

/** Of answers by `withEtag` and `changed`. */
export const etagHeader: HeaderFacts = {
  ETag: {
    description: 'Strong entity tag of these very bytes.',
    example: '"pXzqV0vYk2gXb0t0l8Q7aWc3d9E"',
    pattern: '^"[\\w-]{27}"$',
    required: true,
  },
};

/** Of routes that change a resource that `withEtag` answers, and ask `checkPreconditions` before. */
export const preconditioned: Behaviour = {
  requestHeaders: { 'If-Match': ifMatch },
  errors: ['PRECONDITION_FAILED'],
};

/** Of routes that answer by `withEtag`. */
export const conditional: Behaviour = {
  errors: ['PRECONDITION_FAILED'],
  requestHeaders: {
    'If-Match': ifMatch,
    'If-None-Match': {
      description: 'Entity tags the client has, or `*`; if one is current the answer is 304.',
      example: '"pXzqV0vYk2gXb0t0l8Q7aWc3d9E"',
    },
  },
  responseHeaders: etagHeader,
  responses: { 304: { description: 'Not modified: the client has these bytes.' } },
};

/** A JSON text and the strong entity tag of its very bytes. */
export interface Tagged {
  body: string;
  etag: string;
}

/** As caches keep it: an answer that has not changed is neither written nor hashed again. */
export const taggedSchema = z.strictObject({
  body: z.string(),
  etag: z.string().regex(/^"[\w-]{27}"$/),
});

/** @param body JSON text */
export function entityTag(body: string): Tagged {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  return { body, etag: `"${hash}"` };
}

/** A list of entity tags (RFC 9110, 8.8.3), each with or without `W/`; a comma may stand within one. */
const tagList = /^[\t ,]*(?:W\/)?"[^"]*"(?:[\t ]*,[\t ,]*(?:W\/)?"[^"]*")*[\t ,]*$/;

/** @returns null when it names any; none when it is neither `*` nor a list of entity tags */
function tagsOf(header: string): string[] | null {
  const text = header.trim();
  if (text === '*') return null;
  return tagList.test(text) ? (text.match(/(?:W\/)?"[^"]*"/g) ?? []) : [];
}

/** Whether there is an `If-Match`. An empty one, of a client that lost the tag, matches nothing. */
export function hasPreconditions(ctx: RequestContext): boolean {
  return ctx.req.headers['if-match'] !== undefined;
}

/**
 * `If-Match` by the strong comparison: a weak tag matches nothing.
 *
 * @param etag of the resource as it is; it exists
 * @throws {AppError} PRECONDITION_FAILED
 */
export function checkPreconditions(ctx: RequestContext, etag: string): void {
  if (!hasPreconditions(ctx)) return;
  const tags = tagsOf(ctx.get('If-Match'));
  if (tags === null || tags.includes(etag)) return;
  // Of an answer that is not given.
  ctx.remove('Age');
  ctx.remove('Cache-Status');
  throw new AppError('PRECONDITION_FAILED', 'The resource has another entity tag.');
}

/**
 * 200 with the text as it is and a strong `ETag`, or 304 when the client has these bytes (RFC 9110, 13):
 * `If-Match` first, then `If-None-Match` by the weak comparison.
 *
 * @throws {AppError} PRECONDITION_FAILED
 */
export function withEtag(ctx: RequestContext, { body, etag }: Tagged): Reply {
  const headers = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
  };
  checkPreconditions(ctx, etag);
  const known = tagsOf(ctx.get('If-None-Match'));
  const isKnown = known === null || known.some((tag) => tag.replace(/^W\//, '') === etag);
  return isKnown ? { status: 304, headers } : { status: 200, body, headers };
}

/** 200 with a resource as it is once it was changed. */
export function changed({ body, etag }: Tagged): Reply {
  return { status: 200, body, headers: { ETag: etag } };
}
