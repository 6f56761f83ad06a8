import { curve, ruleSet, threshold } from '../../rubric.ts';
import { ratio, sum } from '../../numbers.ts';
import { smellObservations } from '../technical/smells.ts';
import {
  count,
  notApplicable,
  verb,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import type { FunctionAt } from '../../facts.ts';
import type { Habits } from '../../submission/habitual-guards.ts';
import { inFile, inFunction } from '../places.ts';

/** How the task was taken apart: load spread over helpers, structures that fit, no needless cost. */
export const approach: Criterion = (context) => {
  const { submission, rubric } = context;
  if (submission.statements < threshold(rubric, 'approach_minimum_statements')) {
    return notApplicable('too little code to show an approach');
  }
  const idioms = fittingStructures(context);
  const observations = [
    ...concentration(context),
    ...smellObservations(submission, rubric, 'cost').map((item) => ({
      ...item,
      amount: item.amount * threshold(rubric, 'approach_cost_weight'),
    })),
    ...idioms,
  ];
  return {
    applicable: true,
    sample: { n: submission.statements, unit: 'statements' },
    observations,
    summary: `${count(submission.functions.length, 'function')} ${verb(submission.functions.length, 'share', 'does')} the work${idioms.length === 0 ? '' : `; ${count(idioms.length, 'structure')} chosen for the access pattern`}.`,
  };
};

/** One function that carries most of the thinking. */
function concentration({ submission, rubric }: CriterionContext): Observation[] {
  const { functions } = submission;
  if (functions.length === 0) {
    const file = submission.code[0];
    if (!file) return [];
    return [
      {
        ...inFile(file, { startLine: 1, endLine: Math.max(1, file.lines) }),
        rule: 'no_decomposition',
        type: 'approach',
        message: 'The whole task is one block without functions.',
        advice: 'Divide the script into functions with one purpose each',
        amount: threshold(rubric, 'no_functions_cost'),
      },
    ];
  }
  const decisions = (at: FunctionAt): number => decisionsOf(at, submission.habitual);
  const load = sum(functions.map(decisions));
  const heaviest = functions.toSorted((a, b) => b.fn.cognitive - a.fn.cognitive)[0];
  if (!heaviest || heaviest.fn.cognitive < threshold(rubric, 'concentration_minimum')) return [];
  const share = ratio(decisions(heaviest), load);
  const loss =
    ((100 - curve(rubric, 'concentration', share * 100)) *
      (100 - curve(rubric, 'cognitive', heaviest.fn.cognitive))) /
    100;
  if (loss <= 0) return [];
  return [
    {
      ...inFunction(heaviest),
      rule: 'concentrated_logic',
      type: 'approach',
      message: `\`${heaviest.fn.name}\` carries ${Math.round(share * 100)} % of the decisions.`,
      advice: `Give the steps inside \`${heaviest.fn.name}\` functions and names of their own`,
      amount: loss,
      metadata: { share: Math.round(share * 100) },
    },
  ];
}

/**
 * Cognitive complexity without what decides nothing of the task: handlers, checks that fit any function or are a habit,
 * and branches that always come out the same.
 */
function decisionsOf({ file, fn }: FunctionAt, habitual: Habits): number {
  const checks = file.guards.filter(
    (guard) => guard.usual === true || guard.dead === true || habitual.has(guard),
  );
  const aside = [...file.handlers, ...checks].filter(
    ({ startLine, endLine }) => startLine >= fn.startLine && endLine <= fn.endLine,
  );
  const isAside = (line: number): boolean =>
    fn.settledBranches?.includes(line) === true ||
    aside.some(({ startLine, endLine }) => startLine <= line && line <= endLine);
  return sum(
    fn.cognitiveIncrements.filter(({ line }) => !isAside(line)).map(({ points }) => points),
  );
}

/** As a reader would name them; the others are named by their words. */
const structures: Record<string, string> = {
  set_membership: 'a set to look members up',
  hash_lookup: 'a table or set to look values up',
  heap: 'a heap',
  deque: 'a double-ended queue',
  queue_bfs: 'a queue for a breadth-first search',
  stack_dfs: 'a stack for a depth-first search',
  generator: 'a generator',
};

/** Shown, without points: choosing well is what the absence of cost findings already pays for. */
function fittingStructures({ submission, rubric }: CriterionContext): Observation[] {
  const fitting = ruleSet(rubric, 'fitting_structures');
  const seen = new Set<string>();
  return submission.code.flatMap((file) =>
    file.idioms.flatMap(({ idiom, line }): Observation[] => {
      if (!fitting.has(idiom) || seen.has(idiom)) return [];
      seen.add(idiom);
      return [
        {
          ...inFile(file, line),
          rule: `structure_${idiom}`,
          type: 'strength',
          message: `Uses ${structures[idiom] ?? idiom.replaceAll('_', ' ')}.`,
          amount: 0,
        },
      ];
    }),
  );
}
