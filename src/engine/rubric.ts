import { createHash } from 'node:crypto';
import { z } from 'zod';

import { motiveTypes, pathNames, type MotiveType, type PathName } from './contract.ts';
import { canonicalJson } from './canonical-json.ts';
import importTopics from './rubrics/import-topics.json' with { type: 'json' };
import december2026 from './rubrics/2026-12.json' with { type: 'json' };
import readmeKinds from './rubrics/readme-kinds.json' with { type: 'json' };
import technologyNames from './rubrics/technology-names.json' with { type: 'json' };
import wordOrder from './rubrics/word-order.json' with { type: 'json' };
import wordLists from './rubrics/words.json' with { type: 'json' };

/** Every number that judges stands in the data file, with the place it comes from. */
const sourced = { source: z.string().min(1) };
const share = z.number().min(0).max(1);

const criterionSpec = z.strictObject({
  name: z.string().regex(/^[a-z_]+$/),
  category: z.string().regex(/^[a-z_]+$/),
  /** What it counts in its path; 0: it is told, and counts nothing. */
  weight: z.number().nonnegative(),
  kind: z.enum(['defect', 'earned']),
  /** Defect criteria: sample size at which half of the way from 50 to the raw score is believed. */
  shrink: z.number().nonnegative().optional(),
  /** Earned criteria: units that bring about two thirds of the points. */
  scale: z.number().positive().optional(),
  /** Earned criteria: units that bring all 100; without it 100 is approached and never reached. */
  full: z.number().positive().optional(),
  /** Standard deviation of the score that remains however much is seen (validity variance). */
  deviation: z.number().nonnegative(),
});

const pathSpec = z.strictObject({
  weight: z.number().nonnegative(),
  /**
   * What the path stands for in the overall score at the least, and also when it was asked for and there is nothing
   * to judge it by: what is missing must not pay. Without it a path without a score leaves the mean.
   */
  floor: z.strictObject({ value: z.number().min(0).max(100), ...sourced }).optional(),
  /** Share of the path's criterion weight that has to apply before a score is given. */
  minimum_coverage: share,
  metrics: z.array(criterionSpec).min(1),
});

const tagSpec = z.strictObject({
  tag: z.string().min(1),
  category: z.string().min(1),
  confidence: share,
});

const motiveSpec = z.strictObject({
  path: z.enum(pathNames),
  other_reading: z.string().min(1),
  indicators: z.array(
    z.strictObject({
      kind: z.string().min(1),
      from: z.enum(['idiom', 'metric', 'structure']),
      key: z.string().min(1),
      at_least: z.number(),
      weight: share,
      text: z.string().min(1),
    }),
  ),
});

const bound = (letter: string) =>
  z.number().min(0).max(100).describe(`Least overall score of the letter ${letter}`);

const letterBounds = {
  A: bound('A'),
  B: bound('B'),
  C: bound('C'),
  D: bound('D'),
};

type Bounds = Record<keyof typeof letterBounds, number>;

export const letterBoundsSchema = z
  .strictObject(letterBounds)
  .refine(areFalling, { error: 'must fall from A to D' })
  .describe('Least overall score of each letter; below that of D it is F');

const minimumConfidence = share.describe('A result of less confidence has no letter');

/** As a challenge gives them. */
export const lettersGiven = z
  .strictObject({ ...letterBounds, minimum_confidence: minimumConfidence.optional() })
  .refine(areFalling, { error: 'must fall from A to D' })
  .describe(
    'Least overall score of each letter, below that of D it is F; and the least confidence, if another one than before',
  );

function areFalling({ A, B, C, D }: Bounds): boolean {
  return A > B && B > C && C > D;
}

export const rubricSchema = z.strictObject({
  version: z.string().regex(/^\d{4}-\d{2}(\.[0-9a-f]{12})?$/),
  paths: z.strictObject(
    Object.fromEntries(pathNames.map((path) => [path, pathSpec])) as Record<
      PathName,
      typeof pathSpec
    >,
  ),
  curves: z.record(
    z.string(),
    z.strictObject({
      anchors: z.array(z.tuple([z.number(), z.number().min(0).max(100)])).min(2),
      ...sourced,
    }),
  ),
  thresholds: z.record(z.string(), z.strictObject({ value: z.number(), ...sourced })),
  sets: z.record(z.string(), z.strictObject({ items: z.array(z.string()), ...sourced })),
  letters: z.strictObject({
    bounds: letterBoundsSchema,
    minimum_confidence: minimumConfidence,
    ...sourced,
  }),
  tags: z.record(z.string(), tagSpec),
  motives: z.strictObject(
    Object.fromEntries(motiveTypes.map((motive) => [motive, motiveSpec])) as Record<
      MotiveType,
      typeof motiveSpec
    >,
  ),
});

const wordsSchema = z.record(z.string(), z.array(z.string()));
const nameList = z.array(z.string().min(1)).default([]);
const technologiesSchema = z.array(
  z.strictObject({
    tag: z.string().min(1),
    category: z.string().min(1),
    /** In any case. */
    names: nameList,
    /** As written. */
    exact: nameList,
    /** Also words of everyday: as written, and beside words of software alone. */
    ambiguous: nameList,
  }),
);
const topicsSchema = z.record(z.string(), z.tuple([z.string(), z.string()]));

export type CriterionSpec = z.infer<typeof criterionSpec>;
export type Letters = Omit<z.infer<typeof rubricSchema>['letters'], 'source'>;
export type RubricData = z.infer<typeof rubricSchema>;

export interface Rubric {
  data: RubricData;
  words: Record<string, ReadonlySet<string>>;
  /** Import name to [tag, category]. */
  importTopics: ReadonlyMap<string, readonly [string, string]>;
  /** What prose names. */
  technologies: readonly z.output<typeof technologiesSchema>[number][];
  /** SHA-256 over all of it. */
  hash: string;
}

/** Versions that `loadRubric` knows; the first is the default. */
export const rubricVersions = ['2026-12'] as const;

const published: Record<string, unknown> = { '2026-12': december2026 };

/**
 * A published rubric by version, or undefined when there is none of that name. Throws on a data
 * file with unknown or missing keys, which only a wrong build can cause.
 */
export function loadRubric(version: string = rubricVersions[0]): Rubric | undefined {
  const raw = Object.hasOwn(published, version) ? published[version] : undefined;
  return raw === undefined ? undefined : parseRubric(raw);
}

/** Checks a rubric's data and prepares it for lookups. */
export function parseRubric(raw: unknown): Rubric {
  const data = rubricSchema.parse(raw);
  const lists = wordsSchema.parse(wordLists);
  const topics = topicsSchema.parse(importTopics);
  const technologies = technologiesSchema.parse(technologyNames);
  const words = Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, new Set(list)]),
  );
  const hash = createHash('sha256')
    .update(canonicalJson([data, lists, topics, technologies, readmeKinds, wordOrder]))
    .digest('hex');
  return { data, words, importTopics: new Map(Object.entries(topics)), technologies, hash };
}

/** A number of the rubric; a missing one is a fault of the program, so it throws. */
export function threshold(rubric: Rubric, name: string): number {
  const found = rubric.data.thresholds[name];
  if (found === undefined) throw new Error(`rubric has no threshold ${name}`);
  return found.value;
}

/** The score that a curve of the rubric gives to a raw value: linear between anchors, flat outside. */
export function curve(rubric: Rubric, name: string, raw: number): number {
  const found = rubric.data.curves[name];
  if (found === undefined) throw new Error(`rubric has no curve ${name}`);
  return interpolate(found.anchors, raw);
}

/** A named list of words or names of the rubric. */
export function wordList(rubric: Rubric, name: string): ReadonlySet<string> {
  const found = rubric.words[name];
  if (found === undefined) throw new Error(`rubric has no word list ${name}`);
  return found;
}

/** A named set of the rubric proper (rules, roles, file names). */
export function ruleSet(rubric: Rubric, name: string): ReadonlySet<string> {
  const found = rubric.data.sets[name];
  if (found === undefined) throw new Error(`rubric has no set ${name}`);
  return new Set(found.items);
}

/** Piecewise linear through `[raw, score]` anchors in ascending raw order, clamped at both ends. */
export function interpolate(anchors: readonly (readonly [number, number])[], raw: number): number {
  let [lowRaw, lowScore] = anchors[0] ?? [0, 0];
  if (raw <= lowRaw) return lowScore;
  for (const anchor of anchors) {
    const highRaw = anchor[0];
    const highScore = anchor[1];
    if (raw <= highRaw && highRaw > lowRaw) {
      return lowScore + ((raw - lowRaw) / (highRaw - lowRaw)) * (highScore - lowScore);
    }
    lowRaw = highRaw;
    lowScore = highScore;
  }
  return lowScore;
}
