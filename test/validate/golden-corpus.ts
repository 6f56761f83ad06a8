import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AssessmentContent } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import { realEngine } from '#test/support/engine.ts';

/** What a result is told by: the score of each path, and a digest of what it rests on. */
interface Digest {
  overall: number | null;
  paths: Record<string, number | null>;
  /** SHA-256 over rule, place and points of all evidence, in order. */
  evidence: string;
}

export interface Golden {
  engine_version: string;
  rubric_version: string;
  results: Record<string, Digest>;
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
export const goldenPath = join(fixtures, 'golden.json');

export function storedGolden(): Golden {
  return JSON.parse(readFileSync(goldenPath, 'utf8')) as Golden;
}

/** Judges every sample submission of the repository anew. */
export async function measureGolden(): Promise<Golden> {
  const run = await realEngine();
  const results = sampleSubmissions().map(([name, content]) => [name, run(content)] as const);
  const { engine_version, rubric_version } = run({ code: 'x = 1' });
  return {
    engine_version,
    rubric_version,
    results: Object.fromEntries(results.map(([name, result]) => [name, digestOf(result)])),
  };
}

/** Names of results that are not what was stored, and of those that are new or gone. */
export function movedBetween(before: Golden, now: Golden): string[] {
  const names = new Set([...Object.keys(before.results), ...Object.keys(now.results)]);
  return [...names].filter(
    (name) => JSON.stringify(before.results[name]) !== JSON.stringify(now.results[name]),
  );
}

export function isSameVersion(a: Golden, b: Golden): boolean {
  return a.engine_version === b.engine_version && a.rubric_version === b.rubric_version;
}

function digestOf(result: EngineResult): Digest {
  const hash = createHash('sha256');
  for (const { metrics } of result.path_scores)
    for (const { evidence } of metrics)
      for (const { rule, file, start_line, points } of evidence)
        hash.update(`${rule} ${file} ${start_line} ${points}\n`);
  return {
    overall: result.overall_score,
    paths: Object.fromEntries(result.path_scores.map((path) => [path.path, path.overall_score])),
    evidence: hash.digest('hex'),
  };
}

/** Each sample file alone, each folder of samples as one project, and the submission of the README. */
export function sampleSubmissions(): [name: string, content: AssessmentContent][] {
  const folders = ['metrics/languages', ...subfolders('samples')];
  const single = folders.flatMap((folder) => filesOf(folder).map((file) => ({ folder, file })));
  const { content } = JSON.parse(readFileSync(join(fixtures, 'submission.json'), 'utf8')) as {
    content: AssessmentContent;
  };
  return [
    ...single.map(({ folder, file }): [string, AssessmentContent] => [
      `${folder}/${file.path}`,
      { files: [file] },
    ]),
    ...folders.map((folder): [string, AssessmentContent] => [folder, { files: filesOf(folder) }]),
    ['submission.json', content],
  ];
}

function subfolders(folder: string): string[] {
  return readdirSync(join(fixtures, folder))
    .sort()
    .map((name) => `${folder}/${name}`);
}

function filesOf(folder: string): { path: string; content: string }[] {
  return readdirSync(join(fixtures, folder))
    .sort()
    .map((path) => ({ path, content: readFileSync(join(fixtures, folder, path), 'utf8') }));
}
