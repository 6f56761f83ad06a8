import { notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { count } from '../criterion.ts';
import { sum } from '../../numbers.ts';
import { threshold } from '../../rubric.ts';
import { terseNames } from './terse-names.ts';
import { passagesOf } from './passages.ts';
import { readingLosses, type Feature } from './reading-losses.ts';

/**
 * How hard the code is to read, by what people said who rated methods: how much there is at once, how
 * dense it is, how deep it nests, whether it is told about, and what its names say. Everything is counted
 * on tokens and statements, so that no layout changes it. Complexity is judged elsewhere.
 */
export const readability: Criterion = ({ submission, rubric }) => {
  const passages = passagesOf(submission, rubric);
  const tokens = sum(passages.map(({ load }) => load.tokens));
  if (tokens < threshold(rubric, 'readability_minimum_tokens')) {
    return notApplicable('too little code to read');
  }
  // By the root of their size: what is large weighs more, but can't be hidden among what is small either.
  const weights = passages.map(({ load }) => Math.sqrt(Math.max(1, load.steps)));
  const whole = sum(weights);
  const observations = passages.flatMap((passage, index): Observation[] => {
    const features = readingLosses(passage, rubric);
    const loss = Math.min(100, sum(features.map((feature) => feature.loss)));
    const amount = (loss * (weights[index] ?? 0)) / whole;
    if (amount === 0) return [];
    const worst = features.toSorted((a, b) => b.loss - a.loss).slice(0, 3);
    return [
      {
        ...passage.place,
        rule: 'hard_to_read',
        type: 'readability',
        message: messageOf(passage.name, loss, worst),
        ...(loss < ADVISED
          ? {}
          : { advice: `Make ${passage.name} easier to read: ${worst[0]?.text ?? 'it is dense'}` }),
        amount,
        metadata: Object.fromEntries(
          worst.map(({ name, loss }) => [name, Math.round(loss * 10) / 10]),
        ),
      },
    ];
  });
  observations.push(...terseNames(submission.code, rubric));
  const total = sum(observations.map(({ amount }) => amount));
  return {
    applicable: true,
    sample: { n: sum(passages.map(({ load }) => load.steps)), unit: 'statements' },
    observations,
    summary: `${count(passages.length, 'passage')} read for size, density and names, which cost ${Math.round(total)} of 100 points.`,
  };
};

/** Points of a passage's hundred below which it reads well, and nobody is told to change it. */
const ADVISED = 12;

/** Only what weighs is named: a feature of a tenth of the loss is no reason. */
function messageOf(name: string, loss: number, worst: readonly Feature[]): string {
  const reasons = worst.filter((feature) => feature.loss > loss / 10).map(({ text }) => text);
  const verdict =
    verdicts.find(([least]) => loss >= least)?.[1] ?? 'reads well; what costs a little';
  return `${name} ${verdict}: ${reasons.join(', ')}.`;
}

const verdicts: [least: number, verdict: string][] = [
  [55, 'asks much of its reader'],
  [32, 'takes some effort to read'],
  [ADVISED, 'reads fairly well; what costs'],
];
