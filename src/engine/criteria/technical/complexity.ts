import { clamp, sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import type { FunctionAt } from '../../facts.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { functionUnit, inFunction } from '../places.ts';

/**
 * Cognitive complexity of the functions, weighted by their size so that many small helpers can't hide
 * one that nobody can follow; the worst function caps the criterion.
 */
export const complexity: Criterion = ({ submission, rubric }) => {
  const { functions, statements } = submission;
  if (statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('fewer than five statements of logic');
  }
  const whole = sum(functions.map(({ fn }) => fn.lloc));
  const worst = functions.toSorted((a, b) => b.fn.cognitive - a.fn.cognitive)[0];
  const observations = functions
    .map((at) => ({ at, score: curve(rubric, 'cognitive', at.fn.cognitive) }))
    .filter(({ score }) => score < 100)
    .map(({ at, score }): Observation => {
      const cap = score + threshold(rubric, 'complexity_worst_margin');
      return {
        ...inFunction(at),
        ...describe(at),
        remedy: `split:${functionUnit(at)}`,
        amount: ((100 - score) * at.fn.lloc) / whole,
        ...(at === worst && cap < 100 ? { criterionCap: clamp(cap, 0, 100) } : {}),
      };
    });
  const share = observations.length;
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations,
    summary:
      worst === undefined
        ? 'No functions: the script is one block.'
        : `${count(functions.length, 'function')}; ${share === 0 ? 'none is hard to follow' : `${share} above cognitive complexity 4, worst \`${worst.fn.name}\` with ${worst.fn.cognitive}`}.`,
  };
};

function describe({
  fn,
}: FunctionAt): Pick<Observation, 'rule' | 'type' | 'message' | 'advice' | 'metadata'> {
  const steps = fn.cognitiveIncrements
    .toSorted((a, b) => b.points - a.points || a.line - b.line)
    .slice(0, 5)
    .map(({ line, points, reason }) => `line ${line} +${points} (${reason})`);
  const detail = steps.length > 0 ? `: ${steps.join(', ')}` : '';
  return {
    rule: 'cognitive_complexity',
    type: 'complex_function',
    message: `\`${fn.name}\` has cognitive complexity ${fn.cognitive}${detail}.`,
    advice: `Split \`${fn.name}\` (complexity ${fn.cognitive}): pull its deepest branches into named helpers or return early`,
    metadata: {
      cognitive: fn.cognitive,
      cyclomatic: fn.cyclomatic,
      nesting: fn.maxNesting,
      nloc: fn.nloc,
      lloc: fn.lloc,
    },
  };
}
