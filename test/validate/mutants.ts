import { pathNames, type PathName } from '#src/engine/contract.ts';
import { criterionCatalogue, type CriterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import type { Criterion, CriterionDraft, Observation } from '#src/engine/criteria/criterion.ts';
import { earnedScore, settle } from '#src/engine/criteria/settle.ts';
import type { CriterionSpec, Rubric } from '#src/engine/rubric.ts';

/** The engine with one criterion that is wrong: a check that knows right from wrong has to fail. */
export interface Mutant {
  path: PathName;
  criterion: string;
  fault: keyof typeof faults;
  criteria: CriterionCatalogue;
}

const faults = {
  /** Good is bad: what scored 80 scores 20. */
  'sign flipped': (score: number) => 100 - score,
  /** Whatever is handed in, the same is said of it. */
  'always 50': () => 50,
};

/** Each criterion of the catalogue with each fault; the rest of the catalogue as it is. */
export function mutantsOf(rubric: Rubric): Mutant[] {
  return pathNames.flatMap((path) =>
    rubric.data.paths[path].metrics.flatMap((spec) =>
      (Object.keys(faults) as Mutant['fault'][]).flatMap((fault) => {
        const judge = criterionCatalogue[path][spec.name];
        if (judge === undefined) return [];
        const wrong = { [spec.name]: faulty(judge, spec, faults[fault]) };
        const criteria = {
          ...criterionCatalogue,
          [path]: { ...criterionCatalogue[path], ...wrong },
        };
        return [{ path, criterion: spec.name, fault, criteria }];
      }),
    ),
  );
}

function faulty(
  judge: Criterion,
  spec: CriterionSpec,
  wrong: (score: number) => number,
): Criterion {
  return (context): CriterionDraft => {
    const draft = judge(context);
    if (!draft.applicable) return draft;
    const { base, score } = settle(spec, draft.sample.n, draft.observations);
    const amount = amountFor(spec, { base, believed: (base - 50) / 50 }, wrong(score));
    return { ...draft, observations: [{ ...mutation, amount }] };
  };
}

const mutation: Omit<Observation, 'amount'> = {
  rule: 'mutation',
  type: 'mutation',
  source: 'test',
  file: null,
  startLine: null,
  endLine: null,
  message: 'A fault that was put in.',
};

/** What one observation has to amount to for the criterion to come out at a score: `settle` the other way round. */
function amountFor(
  spec: CriterionSpec,
  { base, believed }: { base: number; believed: number },
  score: number,
): number {
  if (spec.kind === 'defect') return believed === 0 ? 0 : (base - score) / believed;
  let [low, high] = [0, 100 * (spec.scale ?? 1)];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (earnedScore(spec, middle) < score) low = middle;
    else high = middle;
  }
  return high;
}
