import type { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { adjustableThresholds } from '../../engine/rubric-changes.ts';
import { threshold } from '../../engine/rubric.ts';
import type { Caller } from '../../http/request/caller.ts';
import { instant } from '../../time/instant.ts';
import { scaleOf, type KnownRubric } from './rubric.ts';
import { defaultRubric } from './known-rubrics.ts';
import type { canaryStanding, rubricSchema, rubricSummarySchema } from './rubric-schemas.ts';
import type { RubricRow } from './rubric-store.ts';

type Summary = z.output<typeof rubricSummarySchema>;
type Told = z.output<typeof rubricSchema>;
/** How the canary of a draft stands. */
export type Canary = z.output<typeof canaryStanding>;

/** Of a challenge. */
export function presentSummary(row: RubricRow, { role }: Pick<Caller, 'role'>): Summary {
  const by = (who: string | null) => (role === 'candidate' ? null : who);
  return {
    version: row.version,
    base: row.base,
    challenge: row.challenge,
    title: row.title,
    status: row.published_at === null ? 'draft' : 'published',
    in_force: row.in_force,
    created_at: instant(row.created_at),
    created_by: by(row.created_by),
    published_at: instant(row.published_at),
    published_by: by(row.published_by),
    canary: presentCanary(row),
  };
}

/** Of the service. */
export function serviceSummary({ rubric }: KnownRubric): Summary {
  const { version } = rubric.data;
  return {
    version,
    base: null,
    challenge: null,
    title: null,
    status: 'published',
    in_force: version === defaultRubric().rubric.data.version,
    created_at: null,
    created_by: null,
    published_at: null,
    published_by: null,
    canary: null,
  };
}

export function presentRubric(summary: Summary, known: KnownRubric): Told {
  const { rubric, asked } = known;
  const { data, hash } = rubric;
  return {
    ...summary,
    rubric_sha256: hash,
    changes: typeof asked === 'string' ? null : asked.changes,
    paths: pathNames.map((path) => {
      const { weight, floor, minimum_coverage, metrics } = data.paths[path];
      return {
        path,
        weight,
        floor: floor?.value ?? null,
        minimum_coverage,
        criteria: metrics.map(({ name, category, weight }) => ({ name, category, weight })),
      };
    }),
    thresholds: Object.fromEntries(
      Object.keys(adjustableThresholds).map((name) => [name, threshold(rubric, name)]),
    ),
    letters: scaleOf(known),
    letters_source: data.letters.source,
  };
}

export function presentCanary(row: RubricRow): Canary | null {
  const { canary_job: job, canary_against: against, canary_engine: engine } = row;
  const begunAt = instant(row.canary_begun_at);
  if (job === null || against === null || engine === null || begunAt === null) return null;
  const { canary_total: total, canary_done: done, canary_problem: problem } = row;
  const status = canaryStatus(row);
  return {
    status,
    progress: status === 'completed' ? 100 : Math.floor((100 * done) / Math.max(1, total)),
    assessments: total,
    scored: done,
    compared_with: against,
    engine_version: engine,
    begun_at: begunAt,
    finished_at: instant(row.canary_finished_at),
    ...(problem === null ? {} : { problem }),
  };
}

function canaryStatus(row: RubricRow): Canary['status'] {
  if (row.canary_finished_at !== null) return row.canary_problem === null ? 'completed' : 'failed';
  // Its process ended at each attempt: nobody works for it any more.
  if (!row.canary_open) return 'failed';
  return row.canary_done > 0 ? 'processing' : 'queued';
}
