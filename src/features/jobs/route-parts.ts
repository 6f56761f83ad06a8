/** What the routes of jobs and of batches share. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Once } from '../../http/idempotency.ts';
import type { IsStillCaller } from '../../http/request/authenticate.ts';
import { countsFor } from '../../http/request/caller.ts';
import type { RequestContext } from '../../http/request/context.ts';
import { onResponseEnd } from '../../http/request/response-end.ts';
import type { Reply, RouteTag } from '../../http/routing/route.ts';
import type { ResolveFiles } from '../files/resolve-files.ts';
import type { Rubrics } from '../rubrics/rubric.ts';
import type { JobService } from './job-service.ts';
import type { Owner } from '../../owner.ts';
import type { JobWatch } from './job-watch.ts';
import type { Standing } from './present-job.ts';

export const tag: RouteTag = {
  name: 'Jobs',
  description:
    'Assessments that outlive their request. What was answered with 202 is done, whatever happens to the service meanwhile; it is seen by who sent it, and by administrators.',
};
export const noStore = { 'Cache-Control': 'no-store' };

export interface JobRouteDeps {
  jobs: JobService;
  once: Once;
  watch: JobWatch;
  isStillCaller: IsStillCaller;
  /** Ends an attempt of this process at once. */
  abort: (queueId: string) => void;
  /** A database session that ends with the signal, whoever's request is over. */
  em: (signal: AbortSignal) => SqlEntityManager;
  resolveFiles: ResolveFiles;
  rubrics: Pick<Rubrics, 'check'>;
  /** Of a submission. */
  maxBytes: number;
  /** For work beyond that of one request. @throws {AppError} RATE_LIMIT_EXCEEDED */
  charge: (ctx: RequestContext, units: number) => Promise<void>;
  /** @throws {AppError} VALIDATION_ERROR when a caller may not have this URL called */
  checkCallback: (em: SqlEntityManager, owner: string, url: string) => Promise<void>;
}

/** Administrators see everybody's. */
export function ownerOf({ state: { caller } }: RequestContext): Owner {
  return caller.role === 'admin' ? null : caller.id;
}

/** A stream of how something stands; `Last-Event-ID` is what its listener has seen of it. */
export async function streamOf(
  ctx: RequestContext,
  deps: Pick<JobRouteDeps, 'watch' | 'em' | 'isStillCaller'>,
  read: (em: SqlEntityManager) => Promise<Standing>,
  revision: (em: SqlEntityManager) => Promise<number | undefined>,
): Promise<Reply> {
  const { signal, caller, em } = ctx.state;
  const first = await read(em);
  const seen = Number(ctx.get('Last-Event-ID') || -1);
  const last = Number.isSafeInteger(seen) ? seen : -1;
  const body = deps.watch.stream({
    caller: countsFor(caller),
    read: () => read(deps.em(signal)),
    revision: () => revision(deps.em(signal)),
    isAllowed: () => deps.isStillCaller(ctx),
    first,
    last,
    signal,
    whenOver: (leave) => onResponseEnd(ctx, leave),
  });
  // Proxies that gather an answer before they hand it on would hand on nothing.
  return { status: 200, body, headers: { ...noStore, 'X-Accel-Buffering': 'no' } };
}

export const lastEventId = {
  requestHeaders: {
    'Last-Event-ID': {
      description: 'Of the last event that was received, by a listener that comes back.',
      example: '7',
    },
  },
};
