/**
 * `npm run letters -- --data FOLDER` (or VALIDATION_DATA): where the letters lie. They say where an overall score
 * stands among reference projects, in the proportions of the ECTS grading scale. With `--write` the bounds go into
 * the newest rubric, with where they come from.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pathNames } from '#src/engine/contract.ts';
import { loadRubric } from '#src/engine/rubric.ts';
import { realEngine } from '#test/support/engine.ts';
import { readGroundTruth } from './data.ts';

/** Share of the reference projects below each letter: the best tenth has an A, the next quarter a B, and so on. */
const below = { A: 0.9, B: 0.65, C: 0.35, D: 0.1 };

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, write: { type: 'boolean', default: false } },
});
const folder = options.data ?? process.env['VALIDATION_DATA'] ?? '';
const { projects, template } = readGroundTruth(folder);
const run = await realEngine();
const results = projects
  .map(({ files }) => run({ files, template_files: template }))
  .filter(({ overall_score: score }) => score !== null);
const scores = results.map(({ overall_score: score }) => score ?? 0).toSorted((a, b) => a - b);
const confidences = results.map(({ confidence }) => confidence).toSorted((a, b) => a - b);
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const bounds = Object.fromEntries(
  Object.entries(below).map(([letter, share]) => [letter, at(scores, share)]),
);
const version = results[0]?.engine_version ?? 'none';
console.log(
  `${scores.length} reference projects, engine ${version}: ${Object.entries(bounds)
    .map(([letter, bound]) => `${letter} from ${bound}`)
    .join(', ')}`,
);
const quantiles = (sorted: readonly number[]) =>
  [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => at(sorted, share)).join(' ');
console.log(`5, 25, 50, 75 and 95 % of overall scores: ${quantiles(scores)}`);
console.log(`of their confidence: ${quantiles(confidences)}`);
for (const path of pathNames) {
  const own = results
    .flatMap(({ path_scores: paths }) => paths.filter((each) => each.path === path))
    .flatMap(({ overall_score: score }) => score ?? [])
    .toSorted((a, b) => a - b);
  console.log(`of ${path} (${own.length}): ${quantiles(own)}`);
}
if (options.write && scores.length > 0) {
  const rubric = loadRubric();
  const url = new URL(`../../src/engine/rubrics/${rubric?.data.version}.json`, import.meta.url);
  const source = `where ${scores.length} graded student projects stand under engine ${version}: the 90th, 65th, 35th and 10th percentile of their overall scores (npm run letters), the proportions of the ECTS grading scale`;
  const text = readFileSync(url, 'utf8')
    .replace(/("letters": \{\s*"bounds": \{)[^}]*\}/, (_, head: string) => {
      const letters = Object.entries(bounds).map(([letter, bound]) => `"${letter}": ${bound}`);
      return `${head} ${letters.join(', ')} }`;
    })
    .replace(
      /("letters": \{[\s\S]*?"source": )"[^"]*"/,
      (_, head: string) => head + JSON.stringify(source),
    );
  writeFileSync(url, text);
}
