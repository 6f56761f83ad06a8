/**
 * `npm run calibrate -- --data FOLDER` (or VALIDATION_DATA): draws the curves that turn the product of the factors of
 * a confidence into how often it came true, and says what they reach out of fold. With `--write` they go into the
 * newest rubric. To be run when scores have moved.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { calibrationTable } from '#src/engine/confidence.ts';
import { criterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import type { PathScore } from '#src/engine/result-schema.ts';
import { loadRubric } from '#src/engine/rubric.ts';
import type { Submission } from '#src/engine/submission/submission.ts';
import { enginesByCriteria } from '#test/support/engine.ts';
import { packagesOfSeveralFiles, type RealProject } from '#test/support/gaming/projects.ts';
import { curveOf, fitCurves, type Curves, type Observed } from './calibration.ts';
import { calibrationError, held, partsOf } from './confidence.ts';
import { readGroundTruth } from './data.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, write: { type: 'boolean', default: false } },
});
const { projects } = readGroundTruth(options.data ?? process.env['VALIDATION_DATA'] ?? '');
const students = projects.map(({ project_id, files }) => ({ name: project_id, files }));
const packages = packagesOfSeveralFiles();

let submission: Submission | undefined;
const { technical } = criterionCatalogue;
const run = (await enginesByCriteria())({
  ...criterionCatalogue,
  technical: {
    ...technical,
    complexity: (context) => {
      ({ submission } = context);
      return technical['complexity']!(context);
    },
  },
});

/** The product of the factors that calibration is asked about. */
function statedBefore({ confidence_parts }: PathScore): number {
  const { calibration: _last, ...factors } = confidence_parts ?? {};
  return Object.values(factors).reduce((all, factor) => all * factor, 1);
}

function observe({ name, files }: RealProject): Observed[] {
  const whole = new Map(run({ files }).path_scores.map((path) => [path.path, path.overall_score]));
  return partsOf({ name, files }).flatMap((shown) =>
    run({ files: shown }).path_scores.flatMap((path): Observed[] => {
      const score = whole.get(path.path) ?? null;
      if (path.overall_score === null || score === null || submission === undefined) return [];
      const table = calibrationTable(path.path, submission);
      return [{ project: name, table, stated: statedBefore(path), held: held(path, score)[1] }];
    }),
  );
}

const large = ({ files }: RealProject): boolean => files.length >= 4;
const kinds = [students, packages].map((list) => list.filter(large).flatMap(observe));
const [most = 0] = kinds.map((list) => list.length);
const weighed = kinds.map((list) =>
  list.map((one) => ({ ...one, weight: Math.sqrt(most / list.length) })),
);
const all = weighed.flat();
const curves = fitCurves(all);
console.log(`in sample: ${agreement(() => curves)}`);
const folds = 10;
const names = [...new Set(all.map(({ project }) => project))];
const foldOf = new Map(names.map((name, at) => [name, at % folds]));
const without = Array.from({ length: folds }, (_, fold) =>
  fitCurves(all.filter(({ project }) => foldOf.get(project) !== fold)),
);
console.log(`out of fold: ${agreement(({ project }) => without[foldOf.get(project) ?? 0])}`);

function agreement(curvesFor: (one: Observed) => Curves | undefined): string {
  return weighed
    .map((list, kind) => {
      const stated = list.map((one) => {
        const curve = curvesFor(one)?.get(one.table);
        return [curve?.(one.stated) ?? one.stated, one.held] as const;
      });
      const name = kind === 0 ? 'students' : 'packages';
      return `${name} ${(1 - calibrationError(stated)).toFixed(3)} (${list.length} statements)`;
    })
    .join(', ');
}

if (options.write && all.length > 0) {
  const url = new URL(
    `../../src/engine/rubrics/${loadRubric()?.data.version}.json`,
    import.meta.url,
  );
  let text = readFileSync(url, 'utf8');
  for (const [table, curve] of curves) {
    const own = all.filter((one) => one.table === table).length;
    const anchors = curveOf(curve)
      .map(([x, y]) => `        [${x}, ${y}]`)
      .join(',\n');
    const source = `logistic on the logarithm of the odds of the product of the other factors, drawn toward the one of all; ${own} parts (10, 25, 50 % of the files in three orders) of Menagerie development projects and installed packages (npm run calibrate)`;
    const known = new RegExp(
      String.raw`("calibration_${table}": \{\s*"anchors": \[)[\s\S]*?"source": "[^"]*"`,
    );
    text = text.replace(
      known,
      (_, head: string) =>
        `${head}\n${anchors}\n      ],\n      "source": ${JSON.stringify(source)}`,
    );
  }
  writeFileSync(url, text);
}
