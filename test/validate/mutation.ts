import { criterionCatalogue, type CriterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import type { PathName } from '#src/engine/contract.ts';
import type { Rubric } from '#src/engine/rubric.ts';
import { enginesByCriteria } from '#test/support/engine.ts';
import type { GroundTruth } from './data.ts';
import { graderRows, type Run } from './graders.ts';
import { mutantsOf, type Mutant } from './mutants.ts';
import { inOrder, type Pair } from './pairs.ts';

export interface Caught extends Pick<Mutant, 'path' | 'criterion' | 'fault'> {
  /** Rows and pairs that hold for the engine and not for the mutant. */
  by: string[];
}

/**
 * Which rows fail when a criterion is wrong: those of the graders whose score it is a part of, and the pairs
 * that were written for it. A fault that no row notices is a criterion that nothing proves.
 */
export async function caughtMutants(
  data: GroundTruth,
  pairs: readonly Pair[],
  rubric: Rubric,
): Promise<Caught[]> {
  const engineWith = await enginesByCriteria();
  const holding = (
    criteria: CriterionCatalogue,
    { path, criterion }: { path: PathName; criterion?: string },
  ): string[] => {
    const engine = engineWith(criteria);
    const run: Run = (content) => engine(content, { paths_to_evaluate: [path] });
    const judged = path === 'design' || path === 'collaboration' ? graderRows(data, run) : [];
    const own = pairs.filter(
      (pair) => pair.path === path && pair.criterion === (criterion ?? pair.criterion),
    );
    return [
      ...judged.filter(({ pass }) => pass).map(({ id }) => id),
      ...own.filter((pair) => inOrder(pair, run)).map(nameOf),
    ];
  };
  const paths = new Set(pairs.map(({ path }) => path));
  const sound = new Map([...paths].map((path) => [path, holding(criterionCatalogue, { path })]));
  return mutantsOf(rubric).map(({ path, criterion, fault, criteria }) => {
    const still = new Set(holding(criteria, { path, criterion }));
    const expected = (sound.get(path) ?? []).filter(
      (row) => !row.includes(':') || row.startsWith(`${criterion}:`),
    );
    return { path, criterion, fault, by: expected.filter((row) => !still.has(row)) };
  });
}

function nameOf({ criterion, language, respect }: Pair): string {
  return `${criterion}: ${respect} (${language})`;
}

/** One line a mutant: what was wrong, which rows said so, and in which languages pairs did. */
export function mutationTable(caught: readonly Caught[]): string {
  return caught
    .map(({ path, criterion, fault, by }) => {
      const rows = by.filter((row) => !row.includes(':'));
      const pairs = by.flatMap((row) => /: .*\((\w+)\)$/.exec(row)?.[1] ?? []);
      const told = [...rows, ...(pairs.length === 0 ? [] : [`pairs in ${pairs.join(', ')}`])];
      return `${`${path}.${criterion}`.padEnd(38)} ${fault.padEnd(13)} ${told.join(', ') || 'no row'}`;
    })
    .join('\n');
}
