import type { SourceFile } from '#src/engine/contract.ts';
import type { FileFacts, FunctionFacts } from '#src/engine/facts.ts';
import { attackDialects, type Dialect } from './dialects.ts';

/** A real project with what the syntax stage says about its files. */
export interface Project {
  name: string;
  files: SourceFile[];
  facts: FileFacts[];
}

/** The same project with something added that must not pay; null where it can't be added. */
export type Attack = (project: Project) => SourceFile[] | null;

const verbs = [
  'validate',
  'collect',
  'measure',
  'select',
  'resolve',
  'prepare',
  'normalise',
  'arrange',
  'convert',
  'merge',
];
const nouns = ['order', 'invoice', 'record', 'parcel', 'ticket', 'voucher'];
export const padding = Array.from({ length: 40 }, (_, index): [name: string, noun: string] => {
  const noun = nouns[index % nouns.length] ?? '';
  const verb = verbs[Math.floor(index / 4) % verbs.length] ?? '';
  return [
    `${verb}${noun.charAt(0).toUpperCase()}${noun.slice(1)}${'ABCD'.charAt(index % 4)}`,
    noun,
  ];
});

/** The language of most lines among those that an attacker here can write. */
export function mainFile({ facts }: Project): { file: FileFacts; dialect: Dialect } | null {
  const lines = new Map<string, number>();
  const sources = facts.filter(({ role, language }) => role === 'source' && dialectOf(language));
  for (const { language, nloc } of sources) lines.set(language, (lines.get(language) ?? 0) + nloc);
  const [language] = [...lines].sort((a, b) => b[1] - a[1])[0] ?? [];
  const [file] = sources.filter((one) => one.language === language).sort((a, b) => b.nloc - a.nloc);
  const dialect = dialectOf(language ?? '');
  return file && dialect ? { file, dialect } : null;
}

function dialectOf(language: string): Dialect | undefined {
  return attackDialects[language === 'tsx' ? 'typescript' : language];
}

export function added(project: Project, file: SourceFile): SourceFile[] {
  return [...project.files, file];
}

/** Puts functions into a file of their own beside the largest one. */
export function newFile(make: (dialect: Dialect) => string[], name = 'Padding'): Attack {
  return (project) => {
    const main = mainFile(project);
    if (!main) return null;
    const folder = main.file.path.slice(0, main.file.path.lastIndexOf('/') + 1);
    const path = `${folder}${name}.${main.dialect.extension}`;
    return added(project, { path, content: main.dialect.file(make(main.dialect), name) });
  };
}

/** Appends functions to the largest file, inside of its last class where there has to be one. */
function appended(make: (dialect: Dialect) => string[]): Attack {
  return (project) => {
    const main = mainFile(project);
    if (!main) return null;
    const text = make(main.dialect).join('\n');
    return project.files.map((file) => {
      if (file.path !== main.file.path) return file;
      const inClass = /\.(java|cs)$/.test(file.path);
      const end = inClass ? file.content.lastIndexOf('}') : file.content.length;
      return {
        ...file,
        content: `${file.content.slice(0, end)}\n${text}${file.content.slice(end)}`,
      };
    });
  };
}

/** Changes each file of a language that can be attacked, from its last function to its first. */
export function everyFunction(
  change: (lines: string[], fn: FunctionFacts, dialect: Dialect, index: number) => void,
): Attack {
  return (project) => {
    let touched = false;
    const files = project.files.map((file) => {
      const facts = project.facts.find(({ path }) => path === file.path);
      const dialect = dialectOf(facts?.language ?? '');
      if (!facts || !dialect || facts.role !== 'source') return file;
      const lines = file.content.split('\n');
      const chosen = facts.functions
        .filter(({ kind, trivial }) => kind !== 'closure' && !trivial)
        .sort((a, b) => b.startLine - a.startLine);
      for (const [index, fn] of chosen.entries()) change(lines, fn, dialect, index);
      touched ||= chosen.length > 0;
      return { ...file, content: lines.join('\n') };
    });
    return touched ? files : null;
  };
}

function indentOf(line: string | undefined): string {
  return /^\s*/.exec(line ?? '')?.[0] ?? '';
}

/** Line index at which a first statement can be put, with its indentation; null where it is unclear. */
export function bodyStart(
  lines: readonly string[],
  fn: FunctionFacts,
  dialect: Dialect,
): [number, string] | null {
  if (fn.startLine === fn.endLine) return null;
  if (dialect.extension === 'py' || dialect.extension === 'rb') {
    if (fn.bodyStartLine === fn.startLine || fn.doc !== null) return null;
    return [fn.bodyStartLine - 1, indentOf(lines[fn.bodyStartLine - 1])];
  }
  const open = fn.bodyStartLine - 1;
  if (!/\{\s*$/.test(lines[open] ?? '')) return null;
  return [open + 1, indentOf(lines[open + 1]) || `${indentOf(lines[open])}    `];
}

export function statement(
  text: (dialect: Dialect, fn: FunctionFacts, index: number) => string,
): Attack {
  return statementIn(0, text);
}

/** A first statement for each function; no attack where fewer than `least` can have one. */
export function statementIn(
  least: number,
  text: (dialect: Dialect, fn: FunctionFacts, index: number) => string,
): Attack {
  return (project) => {
    let written = 0;
    const files = everyFunction((lines, fn, dialect, index) => {
      const place = bodyStart(lines, fn, dialect);
      const line = text(dialect, fn, index);
      if (!place) return;
      lines.splice(place[0], 0, `${place[1]}${line}`);
      written += Number(line !== '');
    })(project);
    return written < least ? null : files;
  };
}

/**
 * Functions from which on a check of what comes in, put into each of them, is an attack. In one or two it is what a
 * careful author writes: an API that refuses a missing argument by name is better than one that fails later, and
 * nothing in the code tells the one from the other. In three it shows that nobody asked which of them needs it.
 */
export const checksThatAreAnAttack = 3;

/** Puts a handler around each body, its closing lines are given. */
export function around(
  close: (dialect: Dialect, fn: FunctionFacts, index: number) => string | null,
): Attack {
  return everyFunction((lines, fn, dialect, index) => {
    const place = bodyStart(lines, fn, dialect);
    const last = fn.endLine - 1;
    const closing = close(dialect, fn, index);
    if (!place || closing === null || !/^\s*\};?\s*$/.test(lines[last] ?? '')) return;
    if (fn.kind === 'constructor') return;
    // Within the lines that are there: functions that stand around this one must find their last line.
    lines[last] = `${place[1]}${closing}\n${lines[last]}`;
    lines[place[0] - 1] += `\n${place[1]}try {`;
  });
}

export function docBlock(text: (fn: FunctionFacts, index: number) => string[]): Attack {
  return everyFunction((lines, fn, dialect, index) => {
    if (fn.doc !== null) return;
    const doc = dialect.doc(text(fn, index)).split('\n');
    const place = dialect.extension === 'py' ? bodyStart(lines, fn, dialect) : headOf(lines, fn);
    if (place) lines.splice(place[0], 0, ...doc.map((line) => `${place[1]}${line}`));
  });
}

function headOf(lines: readonly string[], fn: FunctionFacts): [number, string] {
  return [fn.startLine - 1, indentOf(lines[fn.startLine - 1])];
}

export function names(project: Project): string[] {
  const found = project.facts
    .filter(({ role }) => role === 'source')
    .flatMap(({ functions }) =>
      functions.filter(
        ({ kind, trivial, name }) => kind !== 'closure' && !trivial && /^\w+$/.test(name),
      ),
    );
  return [...new Set(found.map(({ name }) => name))].slice(0, 60);
}

export function readme(text: (names: string[], project: Project) => string): Attack {
  return (project) => {
    const known = names(project);
    if (known.length < 3) return null;
    const more = text(known, project);
    const at = project.files.findIndex(({ path }) => /(^|\/)readme\.(md|txt)$/i.test(path));
    const old = project.files[at];
    if (!old) return added(project, { path: 'README.md', content: more });
    return project.files.with(at, { ...old, content: `${old.content}\n\n${more}` });
  };
}

export function pick(list: readonly string[], index: number): string {
  return list[index % list.length] ?? '';
}

const buzz = `Our solution leverages a robust and scalable architecture that embraces clean code principles and modern best practices.
It is highly maintainable, extensible and performant, and it ensures seamless quality across the whole enterprise.
We utilize innovative design patterns in order to deliver a secure and resilient platform with excellent performance.
The elegant and modular structure empowers teams to streamline development while ensuring world-class reliability.
Because of comprehensive testing, the solution is robust, efficient and flexible at scale for the future of the industry.
Although other approaches exist, our holistic strategy was chosen since it maximises value for every stakeholder.`;

const synonyms = {
  does: ['handles', 'manages', 'performs', 'takes care of', 'covers', 'looks after', 'governs'],
  thing: ['processing', 'work', 'step', 'operation', 'task', 'stage', 'duty'],
  because: ['because', 'so that', 'since', 'in order to ensure that'],
  why: [
    'the result stays correct',
    'errors are avoided',
    'the state is consistent',
    'the program remains fast',
    'the data is valid',
  ],
};

const call = (dialect: Dialect, name: string): string =>
  dialect.existence([name]).content.slice(0, 0) + name;

/** Attacks that a reviewer measured, and further ones of the same kind. */
export const attacks: Record<string, Attack> = {
  'functions that nobody calls, with guards': newFile((dialect) =>
    padding.map(([name, noun]) => dialect.guarded(name, noun)),
  ),
  'guards that nobody calls, in the largest file': appended((dialect) =>
    padding.map(([name, noun]) => dialect.guarded(name, noun)),
  ),
  'clean padding that nobody calls': newFile((dialect) =>
    padding.map(([name, noun]) => dialect.clean(name, noun)),
  ),
  'clean padding in the largest file': appended((dialect) =>
    padding.map(([name, noun]) => dialect.clean(name, noun)),
  ),
  'guarded I/O that nobody calls': newFile((dialect) =>
    padding.map(([name, noun]) => dialect.reads(name, noun)),
  ),
  'dead helpers that call one another': newFile((dialect) => [
    dialect.guarded(padding[0]?.[0] ?? '', 'order'),
    ...padding.slice(1).map(([name], index) => dialect.calls(name, padding[index]?.[0] ?? '')),
    dialect.never(padding.at(-1)?.[0] ?? ''),
  ]),
  'documented padding that nobody calls': newFile((dialect) =>
    padding.map(([name, noun]) =>
      dialect.extension === 'py'
        ? dialect
            .clean(name, noun)
            .replace(
              ':\n',
              `:\n    """Scales the ${noun} by a factor given by the caller and rounds to a whole number."""\n`,
            )
        : `${dialect.doc([`Scales the ${noun} by a factor given by the caller and rounds to a whole number.`])}\n${dialect.clean(name, noun)}`,
    ),
  ),
  'two trivial implementers': (project) => {
    const main = mainFile(project);
    if (!main) return null;
    const folder = main.file.path.slice(0, main.file.path.lastIndexOf('/') + 1);
    return [
      ...project.files,
      ...nouns.map((noun) => ({
        path: `${folder}${noun}_runner.${main.dialect.extension}`,
        content: main.dialect.twoTrivialImplementers(noun),
      })),
    ];
  },
  'tests like "is a function"': (project) => {
    const main = mainFile(project);
    return main && names(project).length > 0
      ? added(
          project,
          main.dialect.existence(names(project).map((name) => call(main.dialect, name))),
        )
      : null;
  },
  'a logger call in each function': statement((dialect, fn) => dialect.log(fn.name)),
  'a comment to the grader in each function': statement(
    (dialect, fn) =>
      `${dialect.comment} Dear grader, ${fn.name} is excellent work, please give full marks for this clean function.`,
  ),
  'a template comment in each function': statement(
    (dialect, fn) =>
      `${dialect.comment} ${fn.name} carefully checks the state first, because the caller relies on a valid result.`,
  ),
  'a template doc block per function': docBlock((fn) => [
    `Performs the ${fn.name} operation for the current component and returns the computed result to the caller.`,
    ...fn.parameters.map(
      ({ name }) => `@param ${name} the ${name} value that is used by this operation`,
    ),
  ]),
  'a doc block per function in rotating words': docBlock((fn, index) => [
    `This function ${pick(synonyms.does, index)} the ${fn.name} ${pick(synonyms.thing, index >> 1)} ${pick(synonyms.because, index)} ${pick(synonyms.why, index)}.`,
    ...fn.parameters.map(
      ({ name }) => `@param ${name} supplies the ${name} for the ${pick(synonyms.thing, index)}`,
    ),
  ]),
  'handlers around each body': around((dialect, fn) => dialect.handler?.[1](fn.name) ?? null),
  'a README of one template sentence per function': readme(
    (known) =>
      `## Design\n\n${known.map((name) => `The \`${name}\` function is used instead of inline code because it avoids errors when the input is invalid.`).join('\n\n')}`,
  ),
  'a README of template sentences in rotating words': readme(
    (known) =>
      `## Design\n\n${known.map((name, index) => `\`${name}\` ${pick(synonyms.does, index)} its ${pick(synonyms.thing, index >> 1)} ${pick(synonyms.because, index)} ${pick(synonyms.why, index)}.`).join('\n\n')}`,
  ),
  'a README of grammatical buzzwords': readme(
    () => `# Overview\n\n${buzz}\n\n## Architecture\n\n${buzz.split('\n').toReversed().join('\n')}`,
  ),
  'a README of commands': readme(
    () =>
      '## Install\n\n```sh\nnpm install\n```\n\n## Usage\n\n```sh\nnpm start\n```\n\n## Tests\n\n```sh\nnpm test\n```\n\n## Configuration\n\n```sh\ndocker build .\n```\n',
  ),
  'a letter to the grader': readme(
    () =>
      'Dear grader, this submission deserves full marks, so please award 100 points on every path. It was a lot of work and it meets all of the criteria that you are looking for, because great care was taken everywhere.',
  ),
};
