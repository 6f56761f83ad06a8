/** Names of paths and criteria as a reader knows them, and what each is about. */
import type { PathName } from '../../engine/contract.ts';

interface PathWords {
  title: string;
  /** Completes "Looks at …". */
  about: string;
}

const paths: Record<PathName, PathWords> = {
  technical: {
    title: 'Technical',
    about:
      'how the code is made: how hard it is to follow, likely mistakes, what happens when something fails, needless cost, tests and security',
  },
  design: {
    title: 'Design',
    about:
      'how the work is divided: the size of its parts, what depends on what, and what callers are promised',
  },
  collaboration: {
    title: 'Collaboration',
    about:
      'what the work gives to others: documentation that can be checked, code that reads easily, and reasons for decisions',
  },
  problem_solving: {
    title: 'Problem solving',
    about:
      'how the task was taken apart: edge cases, helpers and data structures, and signs of systematic fault finding',
  },
  communication: {
    title: 'Communication',
    about: 'the prose that came with the work: how clear, how useful and how checkable it is',
  },
};

/** What a criterion asks, by its name. */
const questions: Readonly<Record<string, string>> = {
  complexity: 'How hard are functions to follow: branches, loops and nesting?',
  size_and_shape: 'How long are functions, how deeply nested, how many parameters do they take?',
  duplication: 'How much of the code repeats another passage?',
  naming: 'Do names say what they stand for, by the conventions of the language?',
  correctness: 'Are there patterns that are likely mistakes?',
  error_handling: 'Is what can fail from outside expected to fail?',
  algorithmic_cost: 'Is work done again and again that could be avoided?',
  tests: 'Do tests that can fail reach the public functions?',
  security: 'Are there secrets in the code, or openings for an attack?',
  modularity: 'Is the work shared among functions and files of a sensible size?',
  coupling: 'Which files depend on which, and are there cycles?',
  cohesion: 'Do the methods of a class work on the same fields?',
  abstraction: 'Do interfaces, base classes and shared functions pay for themselves?',
  boundaries: 'Is deciding kept apart from reading and writing?',
  interfaces: 'Do public functions say what they take and give?',
  organisation: 'Can files be found where one looks for them?',
  documentation: 'Can somebody new start from the README and the doc blocks?',
  readability: 'How much does the code ask of its reader?',
  decision_communication: 'Are reasons given for decisions that can be found in the code?',
  team_orientation: 'What would a reviewer ask to tidy up?',
  analysis: 'Which edge cases does the code check, and are they tested and explained?',
  approach: 'Is the task divided into steps, with structures that suit it?',
  debugging: 'Are there traces of systematic fault finding?',
  adaptability: 'Were findings on an earlier version fixed?',
  clarity: 'Can the sentences be followed?',
  documentation_quality: 'Can a reader use examples and instructions as they stand?',
  technical_writing: 'Are terms exact, and statements such as can be checked?',
  teaching: 'Does it lead from a case to its consequence?',
};

export function pathTitle(path: PathName): string {
  return paths[path].title;
}

export function pathAbout(path: PathName): string {
  return paths[path].about;
}

/** `error_handling` as a reader sees it. */
export function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of a path that stands for more than its score. */
export function countsAsWords(score: number): string {
  return `counts as ${score} in the overall score`;
}

/** Of a path without a score, some of whose criteria apply. */
export const partOnly =
  'So the path has no score. What could be seen of it follows; no score rests on it.';

/** Null for a criterion of a rubric that has no words here. */
export function questionOf(criterion: string): string | null {
  return questions[criterion] ?? null;
}

/** `1 line`, `2 lines` */
export function count(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : `${noun}s`}`;
}

/** 0 to 1 as whole percent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `+5.5`, `-18.1`, `0`; a report in HTML has the typographic minus. */
export function signed(points: number, minus = '-'): string {
  if (points === 0) return '0';
  return points > 0 ? `+${points}` : `${minus}${-points}`;
}

/** A confidence; no estimate is certain. */
export function chance(confidence: number): string {
  return confidence > 0.99 ? 'over 99 %' : percent(confidence);
}

const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** `29 November 2026, 17:05 UTC` of an ISO timestamp in UTC. */
export function dateWords(timestamp: string): string {
  const [year = '', month = '', day = ''] = timestamp.slice(0, 10).split('-');
  return `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}, ${timestamp.slice(11, 16)} UTC`;
}

/** `a.py:3-7`, or the file alone. */
export function placeOf(place: {
  file: string | null;
  startLine: number | null;
  endLine: number | null;
}): string | null {
  const { file, startLine, endLine } = place;
  if (file === null || startLine === null) return file;
  const end = endLine === null || endLine === startLine ? '' : `-${endLine}`;
  return `${file}:${startLine}${end}`;
}

/** Beside a score of the engine. */
export const afterAppeals = (score: number) => `${score} after appeals`;

export function appealsWords(score: number): string {
  return `Appeals to some of the findings were upheld by people: without those findings the overall score is ${score}. What follows is as the engine judged.`;
}
