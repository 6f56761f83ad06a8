import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import type { Grammars } from '#src/engine/syntax/grammars.ts';
import { sketchOf } from '#src/engine/submission/sketch.ts';
import type { Sketch } from '#src/engine/contract.ts';
import { WORTH_A_LOOK } from '#src/features/assessments/similarity/similar-schemas.ts';
import type { GroundTruth, SourceFile } from './data.ts';
import { rowOf, type Row } from './rows.ts';
import { areaUnderCurve, type Ranked } from './statistics.ts';

const source =
  'hjc851/SourceCodePlagiarismDetectionDataset (MIT), bases of the development half, each with a copy and 49 obfuscated variants';

/** How well programs that come from one are told from those that do not, by their sketches alone. */
export function similarityRows(
  { variants, projects, template }: GroundTruth,
  grammars: Grammars,
): Row[] {
  const sketched = (files: readonly SourceFile[], given: readonly SourceFile[] = []) => {
    const facts = (all: readonly SourceFile[]) =>
      all.map((file) => extractFileFacts(file, grammars));
    return sketchOf(facts(files), facts(given));
  };
  const programs = variants.map(({ base, files }) => ({ base, sketch: sketched(files) }));
  const pairs = pairsOf(programs).map(([one, other]): Ranked => ({
    score: similarity(one.sketch, other.sketch),
    positive: one.base === other.base,
  }));
  const students = projects.map(({ files }) => sketched(files, template));
  const apart = pairsOf(students).map(([one, other]) => similarity(one, other));
  const rows = [
    rowOf(
      {
        id: 'similar_programs',
        what: 'pairs of programs: whether both are variants of one, by the similarity of their sketches',
        statistic: 'auc',
        goal: 0.985,
        ceiling: null,
        fit: 'the fingerprints were not made for these programs',
        source,
      },
      pairs,
      areaUnderCurve,
    ),
    rowOf(
      {
        id: 'similar_by_chance',
        what: `pairs of students who solved the same task: not worth a look, which begins at ${WORTH_A_LOOK} of 100`,
        statistic: 'share_equal',
        goal: 0.99,
        ceiling: null,
        fit: 'the limit was chosen with a view to these pairs',
        source: 'Menagerie, development half',
      },
      apart,
      (all) => all.filter((points) => points < WORTH_A_LOOK).length / all.length,
    ),
  ];
  return rows.filter((row) => row !== null);
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((one, n) => items.slice(n + 1).map((other): [T, T] => [one, other]));
}

/** As the service has it where nothing is common: what both have of all that either has, in points of 100. */
function similarity(one: Sketch, other: Sketch): number {
  const limit = 2 ** (32 - Math.max(one.level, other.level));
  const mine = new Set(one.hashes.filter((hash) => hash < limit));
  const theirs = other.hashes.filter((hash) => hash < limit);
  const shared = theirs.filter((hash) => mine.has(hash)).length;
  return (100 * shared) / Math.max(1, mine.size + theirs.length - shared);
}
