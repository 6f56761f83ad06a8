import { detectLanguage } from '#src/engine/syntax/detect-language.ts';
import type { Grammars } from '#src/engine/syntax/grammars.ts';
import { languageTables } from '#src/engine/syntax/languages/tables.ts';
import { SyntaxTree } from '#src/engine/syntax/syntax-tree.ts';

/** A text of code in another layout, with the same meaning. */
export interface Layout {
  text: string;
  /** Where each line of the text as it was (from 1) is now, from 1. */
  lineNow: (line: number) => number;
}

interface Line {
  /** Blanks before it. */
  indent: string;
  text: string;
  /** What stands before it and after it is code, and no part of a text that goes over several lines. */
  mayGrowAbove: boolean;
  mayGrowBehind: boolean;
  comment: string;
}

/** Lines of a layout that one line becomes. `at`: which of them is the line itself. */
interface Became {
  lines: string[];
  at: number;
}

const same = ({ indent, text }: Line): Became => ({ lines: [indent + text], at: 0 });

function above(insert: (line: Line) => string): (line: Line) => Became {
  return (line) =>
    line.mayGrowAbove && line.text !== ''
      ? { lines: [insert(line), line.indent + line.text], at: 1 }
      : same(line);
}

const changes = {
  'comments above statements': above(({ indent, comment }) => `${indent}${comment} next step`),
  'comments behind statements': (line: Line) =>
    line.mayGrowBehind && line.text !== ''
      ? { lines: [`${line.indent}${line.text} ${line.comment} as agreed`], at: 0 }
      : same(line),
  'blank lines': above(() => ''),
  'deeper indentation': (line: Line) =>
    line.mayGrowAbove ? { lines: [line.indent.repeat(2) + line.text], at: 0 } : same(line),
  'line ends of Windows': (line: Line) => ({ lines: [`${line.indent}${line.text}\r`], at: 0 }),
  'braces on lines of their own': (line: Line) =>
    line.comment === '//' && isHead.test(line.text) && line.mayGrowBehind
      ? { lines: [line.indent + line.text.slice(0, -2), `${line.indent}{`], at: 0 }
      : same(line),
};

/** In scripts and Go a brace elsewhere may not stand on a line of its own. */
const isHead =
  /^\}?\s*(if|for|while|else|try|catch|switch|class|pub|impl|fn|public|private|protected|static|void|int|foreach|namespace|interface)\b.* \{$/;

export type LayoutChange = keyof typeof changes;
export const layoutChanges = Object.keys(changes) as LayoutChange[];

/** A text in another layout, or null where its language allows none. */
export function inOtherLayout(
  file: { path: string; text: string },
  change: LayoutChange,
  grammars: Grammars,
): Layout | null {
  const { language } = detectLanguage(file, grammars);
  if (change === 'braces on lines of their own' && language === 'go') return null;
  const now: string[] = [];
  const places: number[] = [];
  for (const line of linesOf(file.text, language, grammars)) {
    const { lines, at } = changes[change](line);
    places.push(now.length + at + 1);
    now.push(...lines);
  }
  const text = now.join('\n');
  return text === file.text ? null : { text, lineNow: (line) => places[line - 1] ?? 0 };
}

function linesOf(text: string, language: string, grammars: Grammars): Line[] {
  const isWithin = wordsIn(text, language, grammars);
  const comment = /^(python|ruby)$/.test(language) ? '#' : '//';
  let start = 0;
  return text.split('\n').map((whole) => {
    const code = whole.trimStart();
    const indent = whole.slice(0, whole.length - code.length);
    const end = start + whole.length;
    const isPlain = !/^#\w|\\$|<<[-~]?['"]?[A-Z]|<\?|\?>/.test(code);
    const line: Line = {
      indent,
      text: code,
      comment,
      mayGrowAbove: !isWithin(start) && (isPlain || /<<[-~]/.test(code)) && !/<\?|\?>/.test(code),
      mayGrowBehind: !isWithin(end) && isPlain && !code.startsWith(comment),
    };
    start = end + 1;
    return line;
  });
}

/** Tells whether a place is within a text, a comment or markup. */
function wordsIn(text: string, language: string, grammars: Grammars): (offset: number) => boolean {
  const parsed = grammars.parser(language)?.parse(text);
  const table = languageTables[language as keyof typeof languageTables];
  if (parsed === null || parsed === undefined || table === undefined) return () => true;
  const tree = new SyntaxTree(parsed, text, table);
  parsed.delete();
  const spans: [from: number, to: number][] = [];
  for (let node = 0; node < tree.size; node += 1)
    if (/string|template|comment|heredoc|regex|jsx|text/.test(tree.type(node)))
      spans.push([tree.start[node] ?? 0, tree.stop[node] ?? 0]);
  return (offset) => spans.some(([from, to]) => from < offset && offset < to);
}
