/** Which rubric judges: one of the service, or the one of a challenge. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AssessmentOptions } from '../../engine/contract.ts';
import type { OwnRubric } from '../../engine/rubric-changes.ts';
import type { Letters, Rubric } from '../../engine/rubric.ts';

export const rubricPath = (version: string) => `/api/v1/rubrics/${version}`;

/** A rubric, and what the engine's threads are told of it. */
export interface KnownRubric {
  rubric: Rubric;
  /** A version of the service's, or a challenge's own. */
  asked: string | OwnRubric;
}

/** The scale of its letters. */
export function scaleOf({ rubric }: KnownRubric): Letters {
  const { bounds, minimum_confidence } = rubric.data.letters;
  return { bounds, minimum_confidence };
}

type Asked = Pick<AssessmentOptions, 'challenge' | 'rubric'>;

export interface Rubrics {
  /**
   * By which a submission is judged: the rubric that it names, else that of its challenge, else the newest of the
   * service.
   *
   * @throws {AppError} VALIDATION_ERROR when it names one that is not published, or is of another challenge
   */
  judging: (em: SqlEntityManager, options: Asked) => Promise<KnownRubric>;
  /** Whether the named one may judge; the database is not asked where none is named. @throws as `judging` */
  check: (em: SqlEntityManager, options: Asked) => Promise<void>;
  /** A challenge's own. @returns undefined when this version of the service has not the one that it changes */
  known: (own: OwnRubric) => KnownRubric | undefined;
  /** That judged something. @returns undefined when this version of the service has it not */
  byVersion: (em: SqlEntityManager, version: string) => Promise<KnownRubric | undefined>;
}
