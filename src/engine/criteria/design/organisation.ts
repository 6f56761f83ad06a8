import type { FileFacts } from '../../facts.ts';
import { ratio, sum } from '../../numbers.ts';
import { ruleSet, threshold } from '../../rubric.ts';
import type { Submission } from '../../submission/submission.ts';
import { ownFiles } from '../../submission/functions-in-use.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';
import { inFile, overall } from '../places.ts';

/** The tree: names of files, size of folders, tests apart from sources. Names alone earn nothing. */
export const organisation: Criterion = ({ submission, rubric }) => {
  const { code, functions } = submission;
  if (
    ownFiles(submission) < 2 ||
    functions.length < threshold(rubric, 'design_minimum_functions')
  ) {
    return notApplicable('one file: no tree to organise');
  }
  const generic = ruleSet(rubric, 'generic_file_names');
  const vague = code.filter(
    ({ path, functions: own }) =>
      generic.has(stem(path)) && own.length >= 3 && !givenName.test(path),
  );
  const mixed = code.filter(
    (file) =>
      file.role === 'source' &&
      file.tests.length > 0 &&
      file.language !== 'rust' &&
      !isOfTests(file),
  );
  const observations: Observation[] = [
    ...vague.map((file) => ({
      ...inFile(file, 1, file.path),
      rule: 'vague_module_name',
      type: 'organisation',
      message: `${file.path} collects ${file.functions.length} functions under a name that says nothing.`,
      advice: `Divide ${file.path} by subject and name the parts after it`,
      amount: threshold(rubric, 'vague_module_cost') * ratio(file.lloc, submission.lloc),
    })),
    ...mixed.map((file) => ({
      ...inFile(file, 1, file.path),
      rule: 'tests_in_source',
      type: 'organisation',
      message: `${file.path} holds both code and its tests.`,
      advice: `Move the tests of ${file.path} into a file of their own`,
      amount: threshold(rubric, 'tests_in_source_cost') * ratio(file.lloc, submission.lloc),
    })),
    ...crowdedFolders(
      submission,
      threshold(rubric, 'crowded_folder_files'),
      threshold(rubric, 'crowded_folder_cost'),
    ),
  ];
  const folders = new Set(code.map(({ path }) => folder(path))).size;
  return {
    applicable: true,
    sample: { n: code.length, unit: 'files' },
    observations,
    summary: `${count(code.length, 'file')} in ${count(folders, 'folder')}; ${count(observations.length, 'finding')}.`,
  };
};

/** Where Rust begins to read a library. */
const givenName = /(^|\/)lib\.rs$/;

/** Tests make up nearly all of a file, and the rest makes what they are given. */
function isOfTests({ functions }: FileFacts): boolean {
  const size = (test: boolean): number =>
    sum(functions.filter((fn) => fn.test === test).map(({ statements }) => statements));
  return size(false) * 10 < size(true);
}

function crowdedFolders({ code }: Submission, limit: number, cost: number): Observation[] {
  const sizes = new Map<string, number>();
  for (const { path } of code) sizes.set(folder(path), (sizes.get(folder(path)) ?? 0) + 1);
  return [...sizes]
    .filter(([, size]) => size > limit)
    .map(([name, size]) => ({
      ...overall(),
      rule: 'crowded_folder',
      type: 'organisation',
      message: `${size} files lie side by side in ${name === '' ? 'the top folder' : name}.`,
      advice: `Group the ${size} files of ${name === '' ? 'the top folder' : name} by what they are about`,
      amount: cost * ratio(size, code.length),
    }));
}

function folder(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function stem(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\..*$/, '')
    .toLowerCase();
}
