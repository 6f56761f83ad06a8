import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { rubricVersions } from '../../engine/rubric.ts';
import type { Caller } from '../../http/request/caller.ts';
import { afterOf, noCursor, toPage, type Page } from '../../http/routing/schemas.ts';
import { serviceRubrics } from './known-rubrics.ts';
import { presentSummary, serviceSummary } from './present-rubric.ts';
import type { rubricListQuery, rubricSummarySchema } from './rubric-schemas.ts';
import { listRubrics, type After } from './rubric-store.ts';

type Summary = z.output<typeof rubricSummarySchema>;

/** Those of challenges newest first, then those of the service, which belong to no challenge. */
export async function rubricPage(
  em: SqlEntityManager,
  { challenge, limit, cursor }: z.output<typeof rubricListQuery>,
  caller: Pick<Caller, 'role'>,
): Promise<Page<Summary>> {
  const list = ['rubrics', challenge];
  const after = placeOf(afterOf(cursor, list));
  const isAmongService = typeof after === 'string';
  const rows = isAmongService ? [] : await listRubrics(em, { challenge, limit: limit + 1, after });
  const own = rows.map((row) => presentSummary(row, caller));
  const passed = isAmongService ? rubricVersions.findIndex((version) => version === after) + 1 : 0;
  const service = challenge === undefined ? serviceRubrics().slice(passed).map(serviceSummary) : [];
  const all = [...own, ...service].slice(0, limit + 1);
  return toPage(all, { limit, list }, placeText, (item) => item);
}

/** A cursor has letters, digits and hyphens. */
function placeText({ version, created_at: at }: Summary): string {
  return at === null
    ? `service-${version}`
    : `${new Date(at).getTime()}-${version.replace('.', '_')}`;
}

/** @returns the version of one of the service, or the place among those of challenges */
function placeOf(text: string | undefined): string | After | undefined {
  if (text === undefined) return undefined;
  const [, at = '', version = ''] =
    /^(service|\d{1,15})-(\d{4}-\d{2}(?:_[0-9a-f]{12})?)$/.exec(text) ?? [];
  if (version === '') throw noCursor();
  if (at === 'service') return version;
  return { createdAt: new Date(Number(at)), version: version.replace('_', '.') };
}
