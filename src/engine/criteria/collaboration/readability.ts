import type { FileFacts } from '../../facts.ts';
import { sum } from '../../numbers.ts';
import { curve, threshold, type Rubric } from '../../rubric.ts';
import type { FunctionAt } from '../../facts.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
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
export const readability: Criterion = ({ submission, rubric }) => {
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
        message: messageOf(at.fn.name, loss, worst),
        advice: `Make \`${at.fn.name}\` easier to read: ${worst[0]?.text ?? 'it is dense'}`,
        amount,
        metadata: Object.fromEntries(
          worst.map(({ name, loss }) => [name, Math.round(loss * 10) / 10]),
        ),
      },
    ];
  });
  return {
    applicable: true,
    sample: { n: statements, unit: 'statements' },
    observations,
    summary: `${count(functions.length, 'function')} read for size and density, which cost ${Math.round(total)} of 100 points.`,
  };
};

/** Only what weighs is named: a feature of a tenth of the loss is no reason. */
function messageOf(name: string, loss: number, worst: readonly Feature[]): string {
  const reasons = worst.filter((feature) => feature.loss > loss / 10).map(({ text }) => text);
  const verdict =
    verdicts.find(([least]) => loss >= least)?.[1] ?? 'reads well; what costs a little';
  return `\`${name}\` ${verdict}: ${reasons.join(', ')}.`;
}

const verdicts: [least: number, verdict: string][] = [
  [45, 'asks much of its reader'],
  [20, 'takes some effort to read'],
];

function featuresOf({ file, fn }: FunctionAt, lines: readonly string[], rubric: Rubric): Feature[] {
  const told = commentLines(file);
  const inside = lines
    .slice(fn.startLine - 1, fn.endLine)
    .map((line, index) => ({ line: withoutStrings(line), number: fn.startLine + index }))
    .filter(({ line }) => line.trim() !== '');
  const code = inside.filter(({ number }) => !told.has(number)).map(({ line }) => line);
  const names = code.flatMap((line) => line.match(/[A-Za-z_$][\w$]*/g) ?? []);
  const tokens = sum(code.map((line) => line.match(/\w+|[^\w\s]/g)?.length ?? 0));
  const lengths = code.map((line) => line.trimEnd().length);
  const mean = sum(lengths) / Math.max(1, lengths.length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
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
    feature(
      'comments',
      commentGap(fn.nloc, inside.length - code.length, rubric),
      'no comment in a long body',
    ),
  ];
}

/** Lines that hold nothing but comment; computed once a file. */
const commentLinesByFile = new WeakMap<FileFacts, ReadonlySet<number>>();

function commentLines(file: FileFacts): ReadonlySet<number> {
  const known = commentLinesByFile.get(file);
  if (known) return known;
  const lines = new Set<number>();
  const docs = [...file.functions, ...file.classes].flatMap(({ doc }) => doc ?? []);
  for (const { startLine, endLine } of [...file.comments, ...docs]) {
    for (let line = startLine; line <= endLine; line += 1) lines.add(line);
  }
  commentLinesByFile.set(file, lines);
  return lines;
}

/** What stands in a string is not code to read; of a line, no more than its first 2,000 characters. */
function withoutStrings(line: string): string {
  return line.slice(0, 2_000).replaceAll(/"[^"]*"/g, '""');
}

/** 1 for a long function without a comment line, else 0. */
function commentGap(nloc: number, commentLines: number, rubric: Rubric): number {
  return nloc > threshold(rubric, 'readability_comment_lines') && commentLines === 0 ? 1 : 0;
}
