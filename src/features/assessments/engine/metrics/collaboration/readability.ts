import { sum } from '../../numbers.ts';
import { curve, threshold, type Rubric } from '../../rubric.ts';
import type { FunctionAt } from '../../submission/submission.ts';
import { count, notApplicable, type Metric, type Observation } from '../metric.ts';
import { inFunction } from '../places.ts';

interface Feature {
  name: string;
  /** Raw points lost. */
  loss: number;
  text: string;
}

/**
 * How hard functions are to read: size and density, as measured on methods that people rated
 * (distinct names, volume, lines, line length, names in a line, nesting). Complexity is judged elsewhere.
 */
export const readability: Metric = ({ submission, rubric }) => {
  const { functions, statements } = submission;
  if (functions.length === 0 || statements < 2) return notApplicable('no function to read');
  const whole = sum(functions.map(({ fn }) => fn.nloc));
  let total = 0;
  const observations = functions.flatMap((at): Observation[] => {
    const features = featuresOf(at, submission.linesOf(at.file.path), rubric);
    const loss = Math.min(100, sum(features.map((feature) => feature.loss)));
    const amount = (loss * at.fn.nloc) / whole;
    total += amount;
    if (amount === 0) return [];
    const worst = features.toSorted((a, b) => b.loss - a.loss).slice(0, 3);
    return [
      {
        ...inFunction(at),
        rule: 'hard_to_read',
        type: 'readability',
        message: `\`${at.fn.name}\` asks much of its reader: ${worst
          .filter((feature) => feature.loss > 0)
          .map(({ text }) => text)
          .join(', ')}.`,
        advice: `Make \`${at.fn.name}\` easier to read: ${worst[0]?.text ?? 'it is dense'}`,
        amount,
        metadata: Object.fromEntries(worst.map(({ name, loss }) => [name, Math.round(loss * 10) / 10])),
      },
    ];
  });
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations,
    summary: `${count(functions.length, 'function')} read for size and density; a typical line of code costs ${Math.round(total)} of 100.`,
  };
};

function featuresOf({ fn }: FunctionAt, lines: readonly string[], rubric: Rubric): Feature[] {
  const body = lines.slice(fn.startLine - 1, fn.endLine).filter((line) => line.trim() !== '');
  const code = body.map(stripNoise).filter((line) => line.trim() !== '');
  const names = code.flatMap((line) => line.match(/[A-Za-z_$][\w$]*/g) ?? []);
  const tokens = sum(code.map((line) => line.match(/\w+|[^\w\s]/g)?.length ?? 0));
  const lengths = code.map((line) => line.trimEnd().length);
  const mean = sum(lengths) / Math.max(1, lengths.length);
  const longest = Math.max(0, ...lengths);
  const distinct = new Set(names).size;
  const density = names.length / Math.max(1, code.length);
  const feature = (name: string, raw: number, text: string): Feature => ({
    name,
    loss: 100 - curve(rubric, `readability_${name}`, raw),
    text,
  });
  return [
    feature('distinct_names', distinct, `${distinct} different names`),
    feature('volume', tokens, `${tokens} tokens`),
    feature('lines', fn.nloc, `${fn.nloc} lines`),
    feature('mean_line', mean, `lines of ${Math.round(mean)} characters on average`),
    feature('longest_line', longest, `a line of ${longest} characters`),
    feature('names_in_a_line', density, `${density.toFixed(1)} names a line`),
    feature('nesting', fn.maxNesting, `${fn.maxNesting} levels of nesting`),
    feature('comments', commentGap(fn.nloc, body.length - code.length, rubric), 'no comment in a long body'),
  ];
}

/** Comments and the contents of strings are not code to read. */
function stripNoise(line: string): string {
  if (/^\s*(?:\/\/|#(?!include|define)|\*|\/\*)/.test(line)) return '';
  return line.length > 2_000 ? line.slice(0, 2_000) : line.replaceAll(/"[^"]*"/g, '""');
}

/** 1 for a long function without a comment line, else 0. */
function commentGap(nloc: number, commentLines: number, rubric: Rubric): number {
  return nloc > threshold(rubric, 'readability_comment_lines') && commentLines === 0 ? 1 : 0;
}
