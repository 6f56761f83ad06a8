import type { SourceFile } from '#src/engine/contract.ts';
import type { FileFacts, FunctionFacts } from '#src/engine/facts.ts';
import type { Attack } from './builders.ts';

type Edit = (content: string, facts: FileFacts) => string;

/** Languages whose blocks stand in braces. */
export const braces = new Set([
  'javascript',
  'typescript',
  'tsx',
  'java',
  'csharp',
  'cpp',
  'php',
  'rust',
]);
const code = new Set(['source', 'test']);

/** Applies an edit to each file of code; null when none changes. */
export function eachFile(edit: Edit, suits: (facts: FileFacts) => boolean = () => true): Attack {
  return ({ files, facts }) => {
    const changed = files.map((file): SourceFile => {
      const own = facts.find(({ path }) => path === file.path);
      if (!own || !code.has(own.role) || !suits(own) || own.errorShare > 0) return file;
      return { ...file, content: edit(file.content, own) };
    });
    return changed.some((file, index) => file.content !== files[index]?.content) ? changed : null;
  };
}

const inBraces = ({ language }: FileFacts): boolean => braces.has(language);

/**
 * Lines that only open a block in code: nothing in quotes, templates or comments. After `return` a line break is
 * the end of the statement in JavaScript, so that a brace on the next line makes another program.
 */
const opening = /^(?!\s*[*#])(?!.*\b(?:return|throw|yield|break)\b)[^"'`/]*\{$/;

/** Lines that stand in texts or comments of several lines must stay as they are. */
export function withoutLongTexts(edit: Edit): Edit {
  return (content, facts) => (/`|"""|<<<|R"/.test(content) ? content : edit(content, facts));
}

/** Declarations that stand beside one another, in the opposite order. */
function reordered(content: string, { functions }: FileFacts): string {
  const lines = content.split('\n');
  const outer = functions
    .filter(({ kind }) => kind !== 'closure')
    .filter((fn) => !functions.some((other) => other !== fn && holds(other, fn)))
    .map((fn) => ({ from: headOf(lines, fn), to: fn.endLine - 1, of: `${fn.owner} ${fn.kind}` }))
    .sort((a, b) => a.from - b.from);
  for (const [first, second] of pairs(outer)) {
    // `a: function () {…},` and the last of an object, which has no comma, can't change places.
    if (lines[first.to]?.trimEnd().at(-1) !== lines[second.to]?.trimEnd().at(-1)) continue;
    // What stands in another class, or after a bracket on one line with it, belongs there.
    if (first.of !== second.of || /^\s*[{}]/.test(lines[first.from] ?? '')) continue;
    if (second.from <= first.to || !onlyBlank(lines.slice(first.to + 1, second.from))) continue;
    const between = lines.slice(first.to + 1, second.from);
    const swapped = [
      ...lines.slice(second.from, second.to + 1),
      ...between,
      ...lines.slice(first.from, first.to + 1),
    ];
    lines.splice(first.from, swapped.length, ...swapped);
  }
  return lines.join('\n');
}

function holds(outer: FunctionFacts, inner: FunctionFacts): boolean {
  return outer.startLine <= inner.startLine && outer.endLine >= inner.endLine;
}

/** The first line of what stands above a function and belongs to it: comments, attributes. */
function headOf(lines: readonly string[], fn: FunctionFacts): number {
  let at = Math.min(fn.startLine, fn.doc?.startLine ?? fn.startLine) - 1;
  for (;;) {
    const above = lines[at - 1] ?? '';
    if (/\*\/\s*$/.test(above) && !/\/\*/.test(above)) {
      while (at > 0 && !/\/\*/.test(lines[at - 1] ?? '')) at -= 1;
      at -= 1;
    } else if (at > 0 && /^\s*(@|#\[|\[|\/\/|\/\*|\*|#(?!include|if|end|define))/.test(above))
      at -= 1;
    else return Math.max(0, at);
  }
}

function pairs<T>(list: readonly T[]): [T, T][] {
  const found: [T, T][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    const [first, second] = [list[at], list[at + 1]];
    if (first && second) found.push([first, second]);
  }
  return found;
}

function onlyBlank(lines: readonly string[]): boolean {
  return lines.every((line) => line.trim() === '');
}

/** Names that mean as little or as much as one another. */
const others: Record<string, string> = {
  result: 'outcome',
  value: 'figure',
  index: 'place',
  count: 'total',
  item: 'entry',
  items: 'entries',
  list: 'series',
  data: 'input',
  temp: 'tmp',
  location: 'position',
  random: 'chance',
  rand: 'luck',
  name: 'title',
  field: 'plot',
};

function renamed(content: string, { identifiers, symbols, functions }: FileFacts): string {
  const calls = new Set(functions.flatMap((fn) => fn.calls.map(({ name }) => name)));
  const local = new Set(
    identifiers
      .filter(({ kind }) => kind === 'variable' || kind === 'parameter')
      .map(({ name }) => name),
  );
  const taken = new Set(symbols);
  const fields = new Set(
    identifiers.filter(({ kind }) => kind === 'field').map(({ name }) => name),
  );
  let text = content;
  for (const [from, to] of Object.entries(others)) {
    if (!local.has(from) || taken.has(to) || calls.has(from) || fields.has(from)) continue;
    // Of a type that keeps its name the comments would then speak in another word.
    if (taken.has(from.charAt(0).toUpperCase() + from.slice(1))) continue;
    if (
      new RegExp(
        `[."'@:>]\\s*${from}\\b|\\b${from}\\s*:|\\b${from}=|["'\`][^"'\`\\n]*\\b${from}\\b`,
      ).test(content)
    )
      continue;
    text = text.replaceAll(new RegExp(`(?<![\\w$.])${from}\\b(?!\\s*\\()`, 'g'), to);
  }
  return text;
}

/** Changes that must not move a score at all. */
export const neutralChanges: Record<string, Attack> = {
  'tabs for spaces': eachFile(
    withoutLongTexts((text) =>
      text.replaceAll(/^(?: {4})+/gm, (run) => '\t'.repeat(run.length / 4)),
    ),
    inBraces,
  ),
  'indent doubled': eachFile(
    withoutLongTexts((text) => text.replaceAll(/^ +(?!\*)/gm, (run) => run + run)),
  ),
  'braces on their own lines': eachFile(
    withoutLongTexts((text) =>
      text
        .split('\n')
        .map((line) =>
          opening.test(line) ? line.replace(/^(\s*)(.*\S)\s*\{$/, '$1$2\n$1{') : line,
        )
        .join('\n'),
    ),
    inBraces,
  ),
  'a blank line after each brace': eachFile(
    withoutLongTexts((text) => text.replaceAll(/\{\n/g, '{\n\n')),
    inBraces,
  ),
  'CRLF line ends': ({ files }) =>
    files.map((file) => ({ ...file, content: file.content.replaceAll(/\r?\n/g, '\r\n') })),
  'functions in another order': eachFile(reordered),
  'a comment that says nothing at the start of each block': eachFile(
    withoutLongTexts((text) =>
      text
        .split('\n')
        .map((line) => (opening.test(line) && /\)\s*\{$/.test(line) ? `${line}\n// ok` : line))
        .join('\n'),
    ),
    inBraces,
  ),
};

/** Other names of equal quality may move a score by a point. */
export const renaming: Attack = eachFile(renamed);

const isReadme = ({ path }: SourceFile): boolean => /\.(md|txt|rst)$/i.test(path);

function withoutComments(content: string, { comments, functions, classes }: FileFacts): string {
  const docs = [...functions, ...classes].flatMap(({ doc }) => doc ?? []);
  const lines = content.split('\n');
  const gone = new Set<number>();
  for (const { startLine, endLine } of [...comments, ...docs]) {
    const text = lines
      .slice(startLine - 1, endLine)
      .join('\n')
      .trim();
    // Code may follow on the same line, and `deleting comments` must not delete that.
    if (!/^(\/\/|\/\*[\s\S]*\*\/$|#|--|"""|''')/.test(text)) continue;
    for (let line = startLine; line <= endLine; line += 1) gone.add(line);
  }
  return lines.filter((_, index) => !gone.has(index + 1)).join('\n');
}

/** Leaving out what was asked for, after which the overall score must not be higher. */
export const deletions: Record<string, Attack> = {
  'the documents': ({ files }) => remaining(files, (file) => !isReadme(file)),
  'all documentation': ({ files, facts, name }) => {
    const rest = files.filter((file) => !isReadme(file));
    const kept = facts.filter(({ path }) => rest.some((file) => file.path === path));
    return eachFile(withoutComments)({ name, files: rest, facts: kept });
  },
  'all comments': eachFile(withoutComments),
  'all tests': ({ files, facts }) =>
    remaining(
      files,
      ({ path }) => !facts.some((file) => file.path === path && file.role === 'test'),
    ),
};

function remaining(files: SourceFile[], keep: (file: SourceFile) => boolean): SourceFile[] | null {
  const rest = files.filter(keep);
  return rest.length === files.length || rest.length === 0 ? null : rest;
}
