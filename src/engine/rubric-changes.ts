/** What a challenge may have otherwise than a rubric of the service, as data: its own rubric is that one with changes. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { pathNames, type PathName } from './contract.ts';
import { lettersGiven, loadRubric, rubricSchema, type Rubric, type RubricData } from './rubric.ts';

/**
 * Thresholds that judge, each with the least and the most that a challenge may set. Those that bound the work, read
 * languages or were calibrated with the confidence are the service's.
 */
export const adjustableThresholds: Record<string, readonly [least: number, most: number]> = {
  approach_minimum_statements: [1, 100],
  clone_minimum_lines: [3, 50],
  cohesion_minimum_methods: [2, 20],
  commit_diff_lines: [50, 10_000],
  commit_message_words: [1, 20],
  communication_minimum_words: [30, 1000],
  complexity_worst_margin: [0, 100],
  crowded_folder_cost: [0, 100],
  crowded_folder_files: [5, 400],
  cycle_cost: [0, 50],
  debug_print_units: [0, 5],
  decision_minimum_words: [3, 50],
  design_minimum_functions: [2, 30],
  doc_blocks_wanted: [0.05, 1],
  documentation_minimum_units: [1, 50],
  duplication_minimum_lines: [10, 400],
  error_handling_minimum_sites: [1, 20],
  first_test_credit: [0, 1],
  flag_cost: [0, 1],
  generic_handler_credit: [0, 1],
  god_module_cost: [0, 50],
  guards_minimum_wanted: [1, 50],
  guards_wanted_per_function: [0.05, 2],
  indirect_test_credit: [0, 1],
  inheritance_depth_limit: [1, 20],
  live_secret_path_cap: [0, 100],
  log_only_penalty: [0, 1],
  naming_minimum_identifiers: [1, 100],
  naming_short_scope: [1, 50],
  no_functions_cost: [0, 100],
  readme_sections_wanted: [1, 20],
  rejected_passage_cost: [0, 100],
  smell_minimum_lines: [10, 600],
  tests_in_source_cost: [0, 100],
  tests_minimum_subjects: [1, 50],
  untyped_cost: [0, 1],
  useless_test_penalty: [0, 1],
  vague_commit_cost: [0, 100],
  vague_module_cost: [0, 100],
  wide_cost: [0, 1],
  wide_signature: [2, 20],
};

const weight = z.number().min(0).max(1000);

const pathChange = z.strictObject({
  weight: weight.optional().describe('What it counts in the overall score'),
  floor: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .optional()
    .describe(
      'What it stands for in the overall score at the least, also without a score; null: a path without a score leaves the mean',
    ),
});

type Parts<T> = { [Path in PathName]?: T | undefined };

export interface RubricChanges {
  paths?: Parts<{ weight?: number | undefined; floor?: number | null | undefined }> | undefined;
  criteria?: Parts<Record<string, number | undefined>> | undefined;
  thresholds?: Record<string, number | undefined> | undefined;
  letters?: z.output<typeof lettersGiven> | undefined;
}

const optionals = (names: readonly string[], schemaOf: (name: string) => z.ZodType<number>) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, schemaOf(name).optional()])));

const everyPath = <T extends z.ZodType>(schemaOf: (path: PathName) => T) =>
  z.strictObject(
    Object.fromEntries(pathNames.map((path) => [path, schemaOf(path).optional()])) as Record<
      PathName,
      z.ZodOptional<T>
    >,
  );

/** Of a rubric: every criterion and threshold of it by name, so that others are refused by theirs. */
export function rubricChangesSchema({ data }: Rubric) {
  return z
    .strictObject({
      paths: everyPath((path) => pathChange.describe(`Of ${path}`))
        .optional()
        .describe('Of paths'),
      criteria: everyPath((path) =>
        optionals(
          data.paths[path].metrics.map(({ name }) => name),
          (name) => weight.describe(`Weight of ${name} in ${path}`),
        ).describe(`Weights of criteria of ${path}`),
      )
        .optional()
        .describe('What criteria count in their path; 0: it is told, and counts nothing'),
      thresholds: optionals(Object.keys(adjustableThresholds), (name) => {
        const [least, most] = adjustableThresholds[name] ?? [0, 0];
        return z.number().min(least).max(most).describe(`${least} to ${most}`);
      })
        .optional()
        .describe('Thresholds by name'),
      letters: lettersGiven.optional(),
    })
    .superRefine((changes, context) => {
      for (const [path, message] of weightless(data, changes)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    })
    .meta({ id: 'RubricChanges', description: 'What is otherwise than in the rubric before.' });
}

/** Where nothing would count anything. */
function weightless(
  data: RubricData,
  { paths, criteria }: RubricChanges,
): [path: string[], message: string][] {
  const faults: [string[], string][] = [];
  const nothing = 'must leave a weight above 0';
  const weights = pathNames.map((path) => paths?.[path]?.weight ?? data.paths[path].weight);
  if (weights.every((each) => each === 0)) faults.push([['paths'], nothing]);
  for (const path of pathNames) {
    const given = criteria?.[path];
    const own = data.paths[path].metrics.map((metric) => given?.[metric.name] ?? metric.weight);
    if (own.every((each) => each === 0)) faults.push([['criteria', path], nothing]);
  }
  return faults;
}

/** A challenge's own rubric, as it is stored and handed to the engine's threads. */
export interface OwnRubric {
  version: string;
  /** Version of the service's rubric that is changed. */
  base: string;
  challenge: string;
  changes: RubricChanges;
}

/** The name of a rubric by what it says, so that no two are called the same and none changes under its name. */
export function versionOf({ base, challenge, changes }: Omit<OwnRubric, 'version'>): string {
  const said = canonicalJson({ base, challenge, changes });
  return `${base}.${createHash('sha256').update(said).digest('hex').slice(0, 12)}`;
}

export const ownVersion = /^\d{4}-\d{2}\.[0-9a-f]{12}$/;

/** @returns undefined when this version of the service has not the rubric that is changed */
export function ownRubric({ version, base, changes }: OwnRubric): Rubric | undefined {
  const known = loadRubric(base);
  if (known === undefined) return undefined;
  const data = rubricSchema.parse(changedData(known.data, version, changes));
  const hash = createHash('sha256')
    .update(canonicalJson([data, known.hash]))
    .digest('hex');
  return { ...known, data, hash };
}

const source = 'the rubric of the challenge';

function changedData(data: RubricData, version: string, changes: RubricChanges): RubricData {
  const paths = pathNames.map((path): [PathName, RubricData['paths'][PathName]] => {
    const { floor, ...spec } = data.paths[path];
    const change = changes.paths?.[path];
    const weights = changes.criteria?.[path];
    const wanted = change?.floor;
    const kept = floor === undefined ? {} : { floor };
    const own = wanted === null ? {} : { floor: { value: wanted ?? 0, source } };
    return [
      path,
      {
        ...spec,
        ...(wanted === undefined ? kept : own),
        weight: change?.weight ?? spec.weight,
        metrics: spec.metrics.map((metric) => ({
          ...metric,
          weight: weights?.[metric.name] ?? metric.weight,
        })),
      },
    ];
  });
  const thresholds = Object.entries(changes.thresholds ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, { value, source }] as const],
  );
  return {
    ...data,
    version,
    paths: Object.fromEntries(paths) as RubricData['paths'],
    thresholds: { ...data.thresholds, ...Object.fromEntries(thresholds) },
    letters: changedLetters(data, changes),
  };
}

function changedLetters({ letters }: RubricData, { letters: given }: RubricChanges) {
  if (given === undefined) return letters;
  const { minimum_confidence = letters.minimum_confidence, ...bounds } = given;
  return { bounds, minimum_confidence, source };
}

/** Whether two rubrics judge criteria alike, and differ in what these count alone. */
export function isReweighting(one: Rubric, other: Rubric): boolean {
  return judgement(one) === judgement(other);
}

function judgement({ data: { paths, letters: _letters, version: _version, ...rest } }: Rubric) {
  const metrics = pathNames.map((path) =>
    paths[path].metrics.map(({ weight: _weight, ...spec }) => spec),
  );
  return canonicalJson([rest, metrics]);
}
