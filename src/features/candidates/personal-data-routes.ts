/** What a person may ask for: all that is stored of them, and that it be erased. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { AppError } from '../../errors.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { onResponseEnd } from '../../http/request/response-end.ts';
import { checkPreconditions, hasPreconditions, preconditioned } from '../../http/routing/etag.ts';
import {
  preferring,
  prefersRepresentation,
  representationApplied,
} from '../../http/routing/prefer.ts';
import { route, type Route } from '../../http/routing/route.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { CandidateAssessments } from './candidate.ts';
import { candidateDetail } from './candidate-detail.ts';
import { candidatesTag } from './candidate-routes.ts';
import { candidateId, candidateParams, candidateSchema } from './candidate-schemas.ts';
import { getCandidate } from './candidate-store.ts';
import type { EraseCandidate } from './erase-candidate.ts';
import { EXPORT_VERSION, exportCandidate } from './export-candidate.ts';
import { receiptSchema } from './tombstone.ts';

/** Each holds one stored item in memory while its client reads: up to ten megabytes. */
const MOST_EXPORTS = 8;

/** Of the document; every part of the service adds its member. */
function exportSchema(personalData: readonly PersonalData[]) {
  const members = personalData.map(
    ({ kind, schema }) =>
      [kind, z.array(schema).describe('All of this kind that are stored')] as const,
  );
  const manifest = z.object({
    schema_version: z.literal(EXPORT_VERSION).describe('Of this document'),
    exported_at: z.iso.datetime().describe('When its end was written'),
    candidate_id: candidateId,
    counts: z
      .record(z.string().max(100), z.int())
      .describe('How many of each kind the document holds'),
  });
  return z
    .object({ candidate: candidateSchema, ...Object.fromEntries(members) })
    .extend({ manifest: manifest.describe('At the end: a document without it is not complete') })
    .meta({ id: 'CandidateExport', description: 'All that is stored of a person.' });
}

export function personalDataRoutes(deps: {
  assessments: CandidateAssessments;
  /** Of everybody who stores something of a person. */
  personalData: readonly PersonalData[];
  erase: EraseCandidate;
  now: () => Date;
  /** Milliseconds after which a client that takes nothing is cut. */
  stallMs: number;
  /** A database session that ends with the signal. */
  em: (signal: AbortSignal) => SqlEntityManager;
  log: Logger;
}): Route[] {
  const { assessments, personalData } = deps;
  let exports = 0;

  /** Ends with the answer, whichever way that does. */
  const bodyOf = (ctx: RequestContext, candidate: Awaited<ReturnType<typeof getCandidate>>) => {
    const ended = new AbortController();
    exports += 1;
    onResponseEnd(ctx, () => {
      exports -= 1;
      ended.abort();
    });
    ctx.res.setTimeout(deps.stallMs, () => ctx.res.destroy());
    const { signal } = ended;
    const source = { em: () => deps.em(signal), personalData, now: deps.now, signal };
    // The stream is read when the request has left its middleware: its queries are of its trace all the same.
    const within = AsyncLocalStorage.snapshot();
    const pieces = exportCandidate(candidate, source);
    return Readable.from(
      whole(() => within(() => pieces.next()), {
        cut(error) {
          if (!signal.aborted) log(ctx, error);
          ctx.res.destroy();
        },
      }),
      { objectMode: false },
    );
  };
  const log = (ctx: RequestContext, error: unknown) =>
    deps.log.error('An export was cut', {
      [attr.eventName]: 'candidate.export_cut',
      [attr.requestId]: ctx.state.requestId,
      error,
    });

  return [
    route({
      method: 'get',
      path: '/api/v1/candidates/:id/export',
      operationId: 'exportCandidate',
      summary: 'Get everything that is stored of a person',
      description:
        'One JSON document: the candidate, each assessment with its submission and result, and whatever else is stored. It is streamed; `manifest` with the counts stands at its end, so that a document that was cut is no JSON.',
      tag: candidatesTag,
      access: 'candidate',
      body: 'none',
      reply: 'bytes',
      params: candidateParams,
      names: 'candidate',
      responses: {
        200: {
          description: 'The document',
          schema: exportSchema(personalData),
          mediaTypes: ['application/json'],
          headers: {
            'Content-Disposition': {
              description: 'A file name for it.',
              example: 'attachment; filename="candidate_42.json"',
              required: true,
            },
          },
        },
      },
      errors: ['NOT_FOUND', 'SERVICE_UNAVAILABLE'],
      async handle({ params, ctx }) {
        const { em, caller } = ctx.state;
        const candidate = await getCandidate(em, params.id, caller.candidateId);
        if (exports >= MOST_EXPORTS) {
          throw new AppError('SERVICE_UNAVAILABLE', 'Too many exports are being read.', {
            retryAfter: 5,
          });
        }
        const headers = {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Disposition': `attachment; filename="${params.id}.json"`,
          'Cache-Control': 'no-store',
        };
        if (ctx.method === 'HEAD') return { status: 200, body: Readable.from([]), headers };
        return { status: 200, body: bodyOf(ctx, candidate), headers };
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/candidates/:id',
      operationId: 'eraseCandidate',
      summary: 'Erase a candidate and everything stored of the person',
      description:
        'Assessments, submissions and cached answers included; it cannot be undone. A receipt without personal data is kept, and answered with `Prefer: return=representation`. 503 while a cached copy may still be readable: ask again.',
      tag: candidatesTag,
      access: 'admin',
      body: 'none',
      reply: 'json',
      behaviours: [preconditioned, preferring],
      params: candidateParams,
      names: 'candidate',
      responses: {
        200: {
          description: 'Erased; with `Prefer: return=representation`',
          schema: receiptSchema,
        },
        204: { description: 'Erased' },
      },
      errors: ['NOT_FOUND'],
      async handle({ params: { id }, ctx }) {
        const receipt = await deps.erase(ctx.state.em, id, {
          reason: 'request',
          by: ctx.state,
          async before(tx) {
            if (!hasPreconditions(ctx)) return;
            // Nobody adds an assessment before the answer: what is compared is what is erased.
            const { etag } = await candidateDetail({ em: tx, assessments, id, within: null });
            checkPreconditions(ctx, etag);
          },
        });
        if (receipt === undefined || !prefersRepresentation(ctx)) return { status: 204 };
        const headers = { ...representationApplied, 'Cache-Control': 'no-store' };
        return { status: 200, body: receipt, headers };
      },
    }),
  ];
}

/** @param options.cut the status is sent by the time something fails: what is left is to cut the document */
async function* whole(
  next: () => Promise<IteratorResult<Buffer, void>>,
  options: { cut: (error: unknown) => void },
): AsyncGenerator<Buffer, void> {
  try {
    for (let piece = await next(); piece.done !== true; piece = await next()) yield piece.value;
  } catch (error) {
    options.cut(error);
  }
}
