import { z } from 'zod';

import readmeKinds from '../rubrics/readme-kinds.json' with { type: 'json' };

/** What people who read READMEs sort their sections into; `none` is no real section. */
export const readmeLabels = [
  'none',
  'what',
  'how',
  'when',
  'who',
  'references',
  'contribution',
  'other',
] as const;
export type ReadmeLabel = (typeof readmeLabels)[number];

/** A section as it stands in the text. */
export interface SectionText {
  heading: string;
  /** First heading of the document. */
  first: boolean;
  /** Unknown when only the heading is. */
  body?: SectionBody | undefined;
}

interface SectionBody {
  /** Level of the heading, 1 to 6. */
  level: number;
  /** Lines up to the next heading of whatever level, as written. */
  text: string;
  /** The heading stands between code fences: a comment of a shell script, as a rule. */
  inCode: boolean;
}

const kindsSchema = z.strictObject({
  source: z.string().min(1),
  threshold: z.number(),
  labels: z.strictObject(
    Object.fromEntries(readmeLabels.map((label) => [label, labelSpec()])) as Record<
      ReadmeLabel,
      ReturnType<typeof labelSpec>
    >,
  ),
});

function labelSpec() {
  return z.strictObject({ bias: z.number(), weights: z.record(z.string(), z.number()) });
}

const model = kindsSchema.parse(readmeKinds);

/**
 * The kinds that a section is of, likeliest first: a linear model over the words of its heading and what
 * the section is made of. All that are more likely than not, at least one.
 */
export function readmeKindsOf(section: SectionText): ReadmeLabel[] {
  const features = featuresOf(section);
  const likely = readmeLabels
    .map((label) => ({ label, chance: chanceOf(label, features) }))
    .sort((a, b) => b.chance - a.chance);
  return likely
    .filter(({ chance }, rank) => rank === 0 || chance > model.threshold)
    .map(({ label }) => label);
}

function chanceOf(label: ReadmeLabel, features: ReadonlyMap<string, number>): number {
  const { bias, weights } = model.labels[label];
  let total = bias;
  for (const [name, value] of features) total += (weights[name] ?? 0) * value;
  return 1 / (1 + Math.exp(-total));
}

/** Named as the model names its weights. */
function featuresOf({ heading, first, body }: SectionText): Map<string, number> {
  const words = stems(
    heading.replaceAll(/https?:\/\/\S+|!?\[([^\]]{0,300})\]\([^)]{0,500}\)/g, '$1'),
  );
  const features = new Map<string, number>(words.map((word) => [`word:${word}`, 1]));
  features.set('first', Number(first));
  features.set('code_in_heading', Number(/[`(]/.test(heading)));
  features.set('version', Number(/\bv?\d+\.\d+/.test(heading)));
  features.set('date', Number(/\d{4}-\d\d|\d\d[-/]\d\d[-/]\d{4}/.test(heading)));
  features.set('heading_length', Math.min(1, words.length / 6));
  features.set('heading_without_words', Number(words.length === 0));
  if (body === undefined) features.set('body_unseen', 1);
  else addBody(features, body);
  return features;
}

function addBody(features: Map<string, number>, { level, text, inCode }: SectionBody): void {
  const words = stems(text).length;
  const fences = text.match(/^\s{0,3}```[^`\n]*$/gm)?.length ?? 0;
  const links = text.match(/https?:\/\/|\]\(/g)?.length ?? 0;
  const items = text.match(/^\s*[-*+] /gm)?.length ?? 0;
  const indented = Number(/^(?: {4}|\t)\S/m.test(text));
  features.set(`level_${level}`, 1);
  features.set('in_code', 2 * Number(inCode));
  features.set('code_blocks', Math.min(2, Math.floor(fences / 2) + indented));
  features.set('no_words', Number(words < 3));
  features.set('few_words', Number(words < 15));
  features.set('many_words', Number(words > 80));
  features.set('link_share', Math.min(1, (5 * links) / Math.max(5, words)));
  features.set('several_links', Number(links >= 3));
  features.set('list_items', Math.min(1, items / 4));
}

/** Words without their commonest endings; crude, but alike on both sides. */
function stems(text: string): string[] {
  return (text.toLowerCase().match(/[a-z][a-z']+/g) ?? []).map((word) => {
    const base = word.replace(/ies$/, 'y');
    return base.length > 4 ? base.replace(/(?:ing|ed|es|s)$/, '') : base;
  });
}
