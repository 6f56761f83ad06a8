/** What attacks are put together from. */
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
/** What the padding is about. */
export const nouns = ['order', 'invoice', 'record', 'parcel', 'ticket', 'voucher'];
/** Names of functions that have nothing to do with a project, each with what it is about. */
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

/** The languages of which most attacks speak. */
export const isScript = ({ extension }: Dialect): boolean =>
  extension === 'js' || extension === 'ts';

function dialectOf(language: string): Dialect | undefined {
  return attackDialects[language === 'tsx' ? 'typescript' : language];
}

function added(project: Project, file: SourceFile): SourceFile[] {
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

/** A file of the first functions of the padding, all of one kind. */
export function paddingFile(
  kind: 'guarded' | 'clean' | 'reads',
  count: number = padding.length,
): Attack {
  return newFile((dialect) =>
    padding.slice(0, count).map(([name, noun]) => dialect[kind](name, noun)),
  );
}

/** A file of tests that is made from the names of the functions; no attack where `make` knows none. */
export function testFile(
  make: (main: { file: FileFacts; dialect: Dialect }, known: string[]) => SourceFile | null,
): Attack {
  return (project) => {
    const main = mainFile(project);
    const known = names(project);
    const file = main && known.length > 0 ? make(main, known) : null;
    return file && added(project, file);
  };
}

/** A dozen functions of the padding with a file of tests, in JavaScript and TypeScript. */
export function testedPadding(tests: (known: readonly string[]) => string): Attack {
  return (project) => {
    const main = mainFile(project);
    const files = paddingFile('guarded', 12)(project);
    if (!main || !files || !isScript(main.dialect)) return null;
    const known = padding.slice(0, 12).map(([name]) => name);
    return added(
      { ...project, files },
      {
        path: `test/padding.test.${main.dialect.extension}`,
        content: `import * as subject from '../Padding.js';\n\n${tests(known)}\n`,
      },
    );
  };
}

/** Appends functions to the largest file, inside of its last class where there has to be one. */
export function appended(make: (dialect: Dialect) => string[]): Attack {
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
function everyFunction(
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
function bodyStart(
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

/** A first statement for each function. */
export function statement(
  text: (dialect: Dialect, fn: FunctionFacts, index: number) => string,
): Attack {
  return statementIn(0, text);
}

/**
 * A check of what comes in as the first statement of each function, in three functions at least. In one or two it is
 * what a careful author writes: an API that refuses a missing argument by name is better than one that fails later, and
 * nothing in the code tells the one from the other. In three it shows that nobody asked which of them needs it.
 */
export function checkInEach(
  text: (dialect: Dialect, fn: FunctionFacts, index: number) => string,
): Attack {
  return statementIn(3, text);
}

/** No attack where fewer than `least` functions can have one. */
function statementIn(
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
