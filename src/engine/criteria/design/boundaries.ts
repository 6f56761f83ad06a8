import { ratio } from '../../numbers.ts';
import { curve, threshold } from '../../rubric.ts';
import type { FunctionAt } from '../../facts.ts';
import { count, howMany, notApplicable, shareOut, verb, type Criterion } from '../criterion.ts';
import { inFunction } from '../places.ts';

/** Whether reaching outside (files, network, console, clock) is kept apart from working things out. */
export const boundaries: Criterion = ({ submission, rubric }) => {
  const { functions } = submission;
  if (functions.length < threshold(rubric, 'design_minimum_functions')) {
    return notApplicable('fewer than three functions');
  }
  const logic = threshold(rubric, 'mixed_function_complexity');
  const mixes = ({ fn }: FunctionAt): boolean => fn.performsIo && fn.cyclomatic >= logic;
  const mixed = functions.filter(mixes);
  const weights = mixed.map(({ fn }) => fn.lloc);
  const share = ratio(
    weights.reduce((total, lines) => total + lines, 0),
    functions.reduce((total, { fn }) => total + fn.lloc, 0),
  );
  const losses = shareOut(100 - curve(rubric, 'mixed_functions', share * 100), weights);
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: mixed.map((at, index) => ({
      ...inFunction(at),
      rule: 'mixed_concerns',
      type: 'boundary',
      message: `\`${at.fn.name}\` both decides (${at.fn.cyclomatic} paths) and reaches outside the program.`,
      advice: `Let \`${at.fn.name}\` work on values and do its input and output in the caller`,
      amount: losses[index] ?? 0,
      metadata: { cyclomatic: at.fn.cyclomatic },
    })),
    summary: `${howMany(mixed.length)} of ${count(functions.length, 'function')} ${verb(mixed.length, 'reach', 'reaches')} outside the program and ${verb(mixed.length, 'have', 'has')} ${logic} paths or more.`,
  };
};
