/**
 * Pairs of one program, one version better than the other in one respect: whoever knows the language says which.
 * A criterion has to order them, and the score of its path with it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AssessmentContent, PathName } from '#src/engine/contract.ts';
import type { SourceFile } from './data.ts';
import { scoresOf, type Run } from './graders.ts';
import { rowOf, type Row, type RowFacts } from './rows.ts';
import { shareOfTrue } from './statistics.ts';

export interface Pair {
  path: PathName;
  criterion: string;
  /** What is better and what is worse, in words. */
  respect: string;
  language: string;
  better: AssessmentContent;
  worse: AssessmentContent;
}

/** As it stands in the fixtures: a program that both start from, and what makes each of it. */
interface StoredPair {
  criterion: string;
  respect: string;
  /** Language of `samples/`, whose well-written program both have. */
  sample?: string;
  files?: StoredFile[];
  better: StoredChange;
  worse: StoredChange;
}

interface StoredFile {
  path: string;
  content: string[];
}

interface StoredChange {
  edits?: { find: string[]; replace: string[] }[];
  /** Words of the sample by what stands for them. */
  rename?: Record<string, string>;
  files?: StoredFile[];
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

export function readPairs(): Pair[] {
  const folder = join(fixtures, 'pairs');
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const stored = JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredPair[];
      return stored.map((pair) => pairOf(name.replace('.json', '') as PathName, pair));
    });
}

function pairOf(path: PathName, stored: StoredPair): Pair {
  const { criterion, respect, sample, files = [], better, worse } = stored;
  const common = [...(sample === undefined ? [] : [goodSample(sample)]), ...files.map(fileOf)];
  const first = common[0]?.path ?? better.files?.[0]?.path ?? '';
  return {
    path,
    criterion,
    respect,
    language: sample ?? first.slice(first.lastIndexOf('.') + 1),
    better: { files: changed(common, better) },
    worse: { files: changed(common, worse) },
  };
}

function goodSample(language: string): SourceFile {
  const folder = join(fixtures, 'samples', language);
  const path = readdirSync(folder).find((name) => name.startsWith('good.'));
  if (path === undefined) throw new Error(`no good sample in ${folder}`);
  return { path, content: readFileSync(join(folder, path), 'utf8') };
}

function fileOf({ path, content }: StoredFile): SourceFile {
  return { path, content: `${content.join('\n')}\n` };
}

function changed(common: readonly SourceFile[], change: StoredChange): SourceFile[] {
  const [first, ...rest] = common;
  const added = (change.files ?? []).map(fileOf);
  if (first === undefined) return added;
  let { content } = first;
  for (const { find, replace } of change.edits ?? []) {
    if (!content.includes(find.join('\n'))) throw new Error(`${first.path}: no ${find.join('\n')}`);
    content = content.replace(find.join('\n'), () => replace.join('\n'));
  }
  for (const [word, other] of Object.entries(change.rename ?? {}))
    content = content.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), other);
  return [{ path: first.path, content }, ...rest, ...added];
}

/** Points of a criterion below which two versions are judged alike. */
const least = 2;

/** The better version is ahead in the criterion, and in the path that it is a part of. */
export function inOrder({ path, criterion, better, worse }: Pair, run: Run): boolean {
  const [high, low] = [better, worse].map((content) => scoresOf(run(content)));
  const ahead = (score: string): number => (high?.[score] ?? NaN) - (low?.[score] ?? NaN);
  return ahead(`${path}.${criterion}`) >= least && ahead(path) > 0;
}

/** Share of the pairs that come out in their order, a row for each path. */
export function pairRows(pairs: readonly Pair[], run: Run): Row[] {
  return [...Map.groupBy(pairs, ({ path }) => path)].flatMap(([path, own]) => {
    const facts: RowFacts = {
      id: `pairs_${path}`,
      what: `versions of one program, one worse in one respect, that the criterion of that respect and the path ${path} put in their order`,
      score: path,
      statistic: 'pairs_in_order',
      goal: 1,
      ceiling: null,
      fit: 'written for the criteria: they show that a sign is right, and measure nothing',
      source: 'test/fixtures/pairs',
    };
    const items = own.map((pair) => inOrder(pair, run));
    return rowOf(facts, items, shareOfTrue) ?? [];
  });
}
