import { ratio } from '../../numbers.ts';
import { readmeSections, type ReadmeSection } from '../../prose/readme.ts';
import { threshold } from '../../rubric.ts';
import type { ProseDocument } from '../../prose/prose.ts';
import { count, type CriterionContext, type Observation } from '../criterion.ts';
import { overall } from '../places.ts';

const historic = /(^|\/)(change-?log|changes|history|news|release-?notes)\b[^/]*$/i;

/** The best section of each kind; where none names what exists, that there is none. */
export function readmeObservations({ submission, rubric }: CriterionContext): Observation[] {
  // What changed from version to version does not say what there is.
  const readmes = submission.prose.documents.filter(
    ({ source, name }) => source === 'docs' && !historic.test(name),
  );
  const sections = readmes.flatMap((document) =>
    readmeSections(document, submission.grounding, rubric),
  );
  const best = new Map<string, ReadmeSection>();
  for (const section of sections) {
    const known = best.get(section.kind);
    if (!known || known.value < section.value) best.set(section.kind, section);
  }
  const part = threshold(rubric, 'readme_part');
  const wanted = threshold(rubric, 'readme_sections_wanted');
  // A licence and its holder have nothing to do with names of the code.
  const asked = [...best.values()].filter(({ kind, value }) => kind !== 'who' || value > 0);
  const found = asked.map((section): Observation => ({
    source: 'docs',
    file: section.document,
    startLine: section.startLine,
    endLine: section.endLine,
    rule: `readme_${section.kind}`,
    type: section.value > 0 ? 'readme_section' : 'unverified_section',
    message: section.message,
    amount: (part * section.value) / wanted,
    unit: `${section.document}:${section.startLine}`,
    metadata: { links: section.links },
  }));
  found.push(...tasksIn(readmes));
  if (found.some(({ amount }) => amount > 0)) return found;
  const withTask = readmes.some(({ task = [] }) => task.length > 0) ? ' beside the task' : '';
  const missing: Observation = {
    ...overall('docs'),
    rule: 'no_readme',
    type: 'missing_documentation',
    message:
      readmes.length === 0
        ? 'No README says what this is or how to run and test it.'
        : `No README section${withTask} names a file, a command or a name that is in the submission.`,
    amount: 0,
  };
  // One file that was pasted or sent alone has no place for a README.
  if (readmes.length === 0 && submission.files.length < 2) return [...found, missing];
  const advice =
    readmes.length === 0
      ? 'Add a README: what it does, how to run it, how to test it, naming the files and commands that exist'
      : 'Name in the README the files and commands that exist: how to run it, how to test it, where what is';
  return [...found, { ...missing, advice, potential: ratio(part * 3, wanted) }];
}

/** Says which part of a document is the text of the task, and so nothing of the work. */
function tasksIn(documents: readonly ProseDocument[]): Observation[] {
  return documents.flatMap(({ name, task = [] }): Observation[] => {
    const [first] = task;
    if (first === undefined) return [];
    return [
      {
        source: 'docs',
        file: name,
        startLine: first.startLine,
        endLine: task.at(-1)?.endLine ?? first.endLine,
        rule: 'task_text',
        type: 'left_out',
        message: `${count(task.length, 'passage')} of ${name} ${task.length === 1 ? 'is' : 'are'} the text of the task, and left out.`,
        amount: 0,
        unit: `${name}:task`,
      },
    ];
  });
}
