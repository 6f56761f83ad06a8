import { createHash } from 'node:crypto';
import type { PathScore } from '#src/engine/result-schema.ts';
import { packagesOfSeveralFiles, type RealProject } from '#test/support/gaming/projects.ts';
import type { GroundTruth, SourceFile } from './data.ts';
import type { Run } from './graders.ts';
import { round, rowOf, type Row, type RowFacts } from './rows.ts';
import { mulberry32 } from './statistics.ts';

/** Points within which a score of a part has to be that of the whole: the rubric's `confidence_band`. */
const band = 10;

/** Shares of the files that are shown. */
const parts = [0.1, 0.25, 0.5];

/** Orders in which the files are shown. */
const orders = 3;

/** Projects below which a row would say nothing, and files below which there is no part. */
const fewest = { projects: 15, files: 4 };

/** A stated confidence, and whether the score of the whole was within the band. */
export type Stated = readonly [stated: number, held: boolean];

/** Expected calibration error: over ten bins of stated confidence, how far it is from what held, by their size. */
export function calibrationError(items: readonly Stated[]): number {
  const bins = Map.groupBy(items, ([stated]) => Math.min(9, Math.floor(stated * 10)));
  let error = 0;
  for (const bin of bins.values()) {
    const stated = bin.reduce((total, [one]) => total + one, 0);
    const held = bin.filter(([, one]) => one).length;
    error += Math.abs(stated - held) / Math.max(1, items.length);
  }
  return error;
}

/** How far stated confidence is what comes true when a part of a project is judged, then all of it. */
export function confidenceRows({ projects }: GroundTruth, run: Run): Row[] {
  const students = projects.map(({ project_id, files }) => ({ name: project_id, files }));
  if (students.length < fewest.projects) return [];
  return [
    ...row('confidence_students', 'student projects in Java', students, 0.985, run),
    ...row(
      'confidence_packages',
      'published JavaScript packages',
      packagesOfSeveralFiles(),
      0.966,
      run,
    ),
  ];
}

function row(
  id: string,
  what: string,
  projects: readonly RealProject[],
  outOfFold: number,
  run: Run,
): Row[] {
  const large = projects.filter(({ files }) => files.length >= fewest.files);
  if (large.length < fewest.projects) return [];
  // What is said of the parts of one project holds or fails together, so that projects are drawn for the interval.
  const items = large.map((project) => statedOf(project, run));
  const facts: RowFacts = {
    id,
    what: `1 minus the expected calibration error (ten bins) of the confidence of path scores when 10, 25 and 50 % of the files of ${what} are shown, in ${orders} orders: true is within ${band} points of the score of the whole`,
    statistic: 'one_minus_ece',
    goal: 0.95,
    ceiling: null,
    fit: 'calibration curves were drawn on these projects, one for code in classes and one for code in modules: read `out_of_fold`, for which the curves of each tenth of the projects were drawn without it (the shape of the factors was chosen on all); `if_calibrated` is what as many statements reach on average where each comes true as often as it says',
    source: `${large.length} ${what} of four files or more`,
  };
  const all = items.flat();
  const found = rowOf(facts, items, (some) => 1 - calibrationError(some.flat()), {
    stated: round(mean(all.map(([stated]) => stated))),
    held: round(mean(all.map(([, held]) => Number(held)))),
    statements: all.length,
    out_of_fold: outOfFold,
    if_calibrated: round(1 - errorByChance(all)),
  });
  return found === null ? [] : [found];
}

/** Calibration error that remains by chance where each statement comes true as often as it says. */
function errorByChance(items: readonly Stated[]): number {
  const random = mulberry32(1);
  const errors = Array.from({ length: 200 }, () =>
    calibrationError(items.map(([stated]): Stated => [stated, random() < stated])),
  );
  return mean(errors);
}

function mean(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0) / Math.max(1, list.length);
}

/** What is said of each path of each part, and whether it held for the whole. */
export function statedOf({ name, files }: RealProject, run: Run): Stated[] {
  const whole = new Map(run({ files }).path_scores.map((path) => [path.path, path]));
  return partsOf({ name, files }).flatMap((shown) =>
    run({ files: shown }).path_scores.flatMap((path): Stated[] => {
      const score = whole.get(path.path)?.overall_score ?? null;
      return path.overall_score === null || score === null ? [] : [held(path, score)];
    }),
  );
}

/** Each share of the files in each order: the same on each machine, and none that the author chose. */
export function partsOf({ name, files }: RealProject): SourceFile[][] {
  return Array.from({ length: orders }, (_, order) => {
    const key = ({ path }: SourceFile): string =>
      createHash('sha256').update(`${name} ${order} ${path}`).digest('hex');
    const shuffled = files.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    return parts.map((share) => shuffled.slice(0, Math.max(1, Math.round(files.length * share))));
  }).flat();
}

export function held({ overall_score, confidence }: PathScore, whole: number): Stated {
  return [confidence, Math.abs((overall_score ?? 0) - whole) <= band];
}
