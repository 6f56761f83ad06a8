import { sum } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import type { FunctionAt, FunctionFacts } from '../../facts.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { functionUnit, inFunction } from '../places.ts';

/** Length, nesting and number of parameters of functions, weighted by size. */
export const sizeAndShape: Criterion = (context) => {
  const { submission, rubric } = context;
  const { functions, statements } = submission;
  if (statements < threshold(rubric, 'minimum_statements') || functions.length === 0) {
    const written = submission.code.some(({ functions: all }) => all.length > 0);
    return notApplicable(
      written ? 'the functions are too small to be measured' : 'no functions to measure',
    );
  }
  const whole = sum(functions.map(({ fn }) => fn.lloc));
  const dimensions = (at: FunctionAt): Dimension[] => [
    {
      rule: 'function_length',
      score: curve(rubric, 'function_length', at.fn.lloc),
      message: `\`${at.fn.name}\` is ${at.fn.lloc} logical lines long.`,
      advice: `Cut \`${at.fn.name}\` (${at.fn.lloc} logical lines) into steps that each do one thing`,
    },
    {
      rule: 'nesting_depth',
      score: curve(rubric, 'nesting', at.fn.maxNesting),
      message: `\`${at.fn.name}\` nests ${at.fn.maxNesting} levels deep.`,
      advice: `Flatten \`${at.fn.name}\` (${at.fn.maxNesting} levels): guard clauses first, inner loops in helpers`,
    },
    {
      rule: 'parameter_count',
      score: isErrorHandler(at.fn) ? 100 : curve(rubric, 'parameters', at.fn.parameters.length),
      message: `\`${at.fn.name}\` takes ${at.fn.parameters.length} parameters.`,
      advice: `Group the ${at.fn.parameters.length} parameters of \`${at.fn.name}\` into an object`,
    },
  ];
  const around = wrappers(functions);
  const observations = functions.flatMap((at) =>
    dimensions(at)
      .filter(
        ({ rule, score }) => score < 100 && !(rule === 'function_length' && around.has(at.fn)),
      )
      .map(({ score, ...rest }): Observation => ({
        ...inFunction(at),
        ...rest,
        type: 'function_shape',
        // Splitting a function mends its complexity, length and nesting together.
        remedy: `${rest.rule === 'parameter_count' ? 'parameters' : 'split'}:${functionUnit(at)}`,
        amount: ((100 - score) * at.fn.lloc) / whole,
      })),
  );
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations,
    summary: `${count(functions.length, 'function')} measured for length, nesting and parameters; ${count(observations.length, 'finding')}.`,
  };
};

/** Logical lines that a function has at most around the one that it makes: its head and the `return`. */
const aroundInner = 2;

/** Functions that do nothing but make another one, whose length is told of that: `(id) => async (dispatch) => { … }`. */
function wrappers(functions: readonly FunctionAt[]): ReadonlySet<FunctionFacts> {
  const byFile = Map.groupBy(functions, ({ file }) => file);
  return new Set(
    [...byFile.values()].flatMap((all) => {
      const sorted = all
        .map(({ fn }) => fn)
        .toSorted((a, b) => a.startLine - b.startLine || b.lloc - a.lloc);
      return sorted.filter((fn, at) => {
        const inner = sorted[at + 1];
        return (
          inner !== undefined &&
          inner.kind === 'closure' &&
          inner.endLine <= fn.endLine &&
          inner.lloc >= fn.lloc - aroundInner
        );
      });
    }),
  );
}

interface Dimension {
  rule: string;
  score: number;
  message: string;
  advice: string;
}

/** Express tells what handles errors by its four parameters. */
function isErrorHandler({ parameters }: FunctionFacts): boolean {
  const [first, , , last] = parameters.map(({ name }) => name);
  return (
    parameters.length === 4 && /^_?e(rr(or)?)?$/.test(first ?? '') && /^_?next$/.test(last ?? '')
  );
}
