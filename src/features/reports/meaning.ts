/** What the numbers of a report say and what they do not: each sentence is true of the engine that made them. */
import validity from '../../engine/validity.json' with { type: 'json' };
import { pathTitle, titleOf } from './wording.ts';
import type { PathName } from '../../engine/contract.ts';

interface Meaning {
  title: string;
  paragraphs: string[];
  /** What is not claimed, one by one. */
  list?: string[];
}

/** The shortest form, beside the score. */
export const inShort =
  'This is a reading of what was handed in, not a judgement of a person. Nothing was run, so no score says that a program works.';

export function meaningOfScores(): Meaning[] {
  return [
    {
      title: 'Static evidence only',
      paragraphs: [
        'The submission was read and never run. A score says what the text of the code, the tests and the documents show; it does not say whether the program gives the right results.',
      ],
    },
    {
      title: 'How a score is made',
      paragraphs: [
        'A path is the weighted mean of its criteria. In each criterion the starting value plus the points of its findings is the score, to a tenth: criteria that look for faults start where a faultless submission of that size would stand, which is below 100 as long as there is little to judge; criteria that must be earned start at 0.',
        'The overall score is the weighted mean of the paths. A path that could not be judged has no score, is never guessed, and is left out of the mean. Where a path counts as more than its score, that is said beside it: leaving out what was asked for must not pay, and a weak text must not cost more than none.',
      ],
    },
    {
      title: 'Range',
      paragraphs: [
        'The range beside a score is where it lies in 90 % of the cases when the findings are drawn again at random from those that were made. Where two ranges overlap, the difference between the scores may be chance.',
      ],
    },
    {
      title: 'Confidence',
      paragraphs: [
        'Confidence is the estimated chance that a score would move by at most ten points if the rest of a complete submission of the same kind were seen. It is low when there is little to judge by, when parts could not be read, or when a few findings decide the score. A low confidence is no fault of the work.',
        'It is a product. Coverage: how much of the path applied to this submission. Integrity: how much of the material could be read for what it is. Stability: how steady the score is when findings are drawn again. Calibration: how often such an estimate came true on projects whose rest was known.',
      ],
    },
    {
      title: 'How far scores agree with people',
      paragraphs: [
        agreement(),
        `Measured with engine ${validity.engine_version}. It holds over many submissions and says little about a single one.`,
      ],
      list: validity.not_claimed,
    },
    {
      title: 'When something looks wrong',
      paragraphs: [
        'Every finding has a number, a place and a rule, so that it can be checked. If one is mistaken, name its number to whoever gave you this report and ask a person to look.',
      ],
    },
  ];
}

/** Of scores that were compared with graders; `id` is what these gave marks for. */
function agreement(): string {
  const rows = validity.rows.filter(({ statistic }) => statistic === 'spearman');
  const parts = rows.map(
    ({ id, score = '', value, ceiling }) =>
      `${scoreWords(score)} with their marks for ${id} ${value.toFixed(2)} (ceiling ${String(ceiling)})`,
  );
  const items = rows[0]?.n ?? 0;
  return `On ${items} student projects in Java, scores were compared with the marks of four graders. Rank correlation, where 1 is the same order and 0 none: ${parts.join('; ')}. The ceiling is what is left by how far the graders disagree with each other.`;
}

/** `collaboration.readability` */
function scoreWords(score: string): string {
  const [path = '', criterion] = score.split('.');
  return criterion === undefined ? pathTitle(path as PathName) : titleOf(criterion);
}

/** The factors of a confidence: their product is the confidence. */
export function confidenceWords(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([name, factor]) => `${name} ${factor}`)
    .join(' × ');
}
