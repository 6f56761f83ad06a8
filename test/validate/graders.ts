import type { AssessmentContent, PathName } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import type { GroundTruth } from './data.ts';
import { round, rowOf, type Row, type RowFacts } from './rows.ts';
import { pairsInOrder, spearman } from './statistics.ts';

export type Run = (content: AssessmentContent) => EngineResult;

const menagerie =
  'Messer, Brown, Kölling, Shi: How Consistent Are Humans When Grading Programming Assignments? (arXiv 2409.12967; m-messer/Menagerie, MIT), development half';
const fit =
  'form and weights were chosen with these projects in view, few and by hand; the held-out half took no part';

type Skill = 'elegance' | 'readability' | 'documentation';

const skills: Record<
  Skill,
  Pick<RowFacts, 'goal' | 'ceiling'> & { path: PathName; name?: string }
> = {
  elegance: { path: 'design', goal: 0.45, ceiling: 0.71 },
  readability: { path: 'collaboration', name: 'readability', goal: 0.2, ceiling: 0.64 },
  documentation: { path: 'collaboration', name: 'documentation', goal: 0.3, ceiling: 0.55 },
};

/** Scores of a result by path and by path.criterion. */
type Scores = Record<string, number | null>;

export function scoresOf(result: EngineResult): Scores {
  return Object.fromEntries(
    result.path_scores.flatMap((path) => [
      [path.path, path.overall_score],
      ...path.metrics.map((metric) => [`${path.path}.${metric.name}`, metric.score] as const),
    ]),
  );
}

/**
 * Student projects: the template that all were given is handed in as such, so that the student's own part
 * is judged. A project without any has no score and is left out.
 */
export function graderRows({ projects, template }: GroundTruth, run: Run): Row[] {
  const scored = projects.map(({ files, z }) => ({
    z,
    scores: scoresOf(run({ files, template_files: template })),
  }));
  return Object.entries(skills).flatMap(([skill, { path, name, goal, ceiling }]) => {
    const score = name === undefined ? path : `${path}.${name}`;
    const pairs = scored.flatMap(({ z, scores }): [number, number][] => {
      const value = scores[score] ?? null;
      return value === null ? [] : [[value, z[skill] ?? NaN]];
    });
    const facts: RowFacts = {
      id: skill,
      what: `rank correlation of the score with the mean of four graders (${skill}) over student projects in Java, template subtracted`,
      score,
      statistic: 'spearman',
      goal,
      ceiling,
      fit,
      source: menagerie,
    };
    return rowOf(facts, pairs, spearman) ?? [];
  });
}

/** Methods and snippets rated for readability; without a score it is wrong in each pair, and last in rank. */
export function ratedRows({ methods, snippets }: GroundTruth, run: Run): Row[] {
  const rated = (items: GroundTruth['methods']): [number, number][] =>
    items.map(({ code, mean }) => {
      const files = [{ path: 'Code.java', content: code }];
      return [scoresOf(run({ files }))['collaboration.readability'] ?? -1, mean];
    });
  const facts = (id: string, what: string): Omit<RowFacts, 'goal' | 'statistic'> => ({
    id,
    what,
    score: 'collaboration.readability',
    ceiling: 0.88,
    fit: 'none of it was seen; the model follows published correlations',
    source: 'Java code rated for readability by people',
  });
  const [ofMethods, ofSnippets] = [rated(methods), rated(snippets)];
  const without = (pairs: [number, number][]): Record<string, number> => ({
    without_score: round(pairs.filter(([score]) => score < 0).length),
  });
  return [
    rowOf(
      {
        ...facts('rated_methods', 'rank correlation of the score with the mean rating of methods'),
        statistic: 'spearman',
        goal: 0.6,
      },
      ofMethods,
      spearman,
      without(ofMethods),
    ),
    rowOf(
      {
        ...facts('rated_method_pairs', 'pairs of methods half a point apart in the right order'),
        statistic: 'pairs_in_order',
        goal: 0.8,
      },
      ofMethods,
      (items) => pairsInOrder(items, 0.5),
    ),
    rowOf(
      {
        ...facts('rated_snippets', 'rank correlation with ratings of snippets of another study'),
        statistic: 'spearman',
        goal: 0.45,
      },
      ofSnippets,
      spearman,
      without(ofSnippets),
    ),
  ].filter((row) => row !== null);
}
