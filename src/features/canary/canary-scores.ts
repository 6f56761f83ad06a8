/** What a canary makes of a result: the scores under the rubric of now and the draft, with and without what people overturned. */
import type { PathName } from '../../engine/contract.ts';
import type { EngineResult, Evidence } from '../../engine/result-schema.ts';
import { isReweighting } from '../../engine/rubric-changes.ts';
import type { Rubric } from '../../engine/rubric.ts';
import { evidenceById, scoreWithout, withoutItems } from '../../engine/score-without.ts';
import { scoreUnder } from '../../engine/score-under.ts';
import type { CanaryScores, Scored } from './canary.ts';

export interface Compared {
  draft: Rubric;
  current: Rubric;
  /** As the assessment was asked for. */
  weights: Partial<Record<PathName, number>>;
  /** Ids of evidence that people overturned; null: they decided nothing. */
  upheld: ReadonlySet<string> | null;
}

type Scores = Omit<CanaryScores, 'method'>;

/** @returns null where the result does not tell what it would score under the draft */
export function scoresTold(before: EngineResult, compared: Compared): Scores | null {
  const { draft, current, weights, upheld } = compared;
  if (!isReweighting(current, draft)) return null;
  const rubrics = { by: current, rubric: draft };
  const told = scoreUnder(before, rubrics, weights);
  if (told === null) return null;
  const without = withoutItems(before, itemsOf(before, upheld));
  return {
    before: scoresOf(before),
    after: { ...told, confidence: before.confidence },
    people: peopleOf(compared, {
      before: scoreOfPeople(before, compared, current),
      after: scoreUnder(without, rubrics, weights)?.overall ?? null,
    }),
  };
}

/** Of a result that was judged under the draft. */
export function scoresJudged(
  before: EngineResult,
  after: EngineResult,
  compared: Compared,
): Scores {
  return {
    before: scoresOf(before),
    after: scoresOf(after),
    people: peopleOf(compared, {
      before: scoreOfPeople(before, compared, compared.current),
      after: scoreOfPeople(after, compared, compared.draft),
    }),
  };
}

function peopleOf({ upheld }: Compared, scores: NonNullable<Scores['people']>): Scores['people'] {
  return upheld === null ? null : scores;
}

function scoreOfPeople(
  result: EngineResult,
  { upheld, weights }: Compared,
  rubric: Rubric,
): number | null {
  return scoreWithout(result, itemsOf(result, upheld), { weights, rubric }).overall;
}

function itemsOf(result: EngineResult, ids: ReadonlySet<string> | null): Set<Evidence> {
  if (ids === null || ids.size === 0) return new Set();
  const evidence = evidenceById(result);
  return new Set([...ids].flatMap((id) => evidence.get(id)?.item ?? []));
}

function scoresOf({ overall_score, confidence, path_scores }: EngineResult): Scored {
  return {
    overall: overall_score,
    confidence,
    paths: path_scores.map(({ path, overall_score: score }) => ({ path, score })),
  };
}
