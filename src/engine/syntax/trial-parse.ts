import type { Language } from '../facts.ts';
import type { Grammars } from './grammars.ts';
import { errorShareOf, parseSource } from './parse.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Below this a grammar reads the text. */
export const sureShare = 0.02;
/** Characters of a text that may be members without their class; longer ones are files, cut at the end at most. */
const partLimit = 4_000;

/** How a grammar reads a text. */
export interface Reading {
  /** Share of characters under syntax errors, 0 to 1. */
  share: number;
  /** Null when the text could not be read within bounds. */
  tree: SyntaxTree | null;
}

/** Trial parses of one text. */
export interface Trials {
  known: Map<Language, Reading>;
  reading: (language: Language) => Reading;
}

/** Trial parses of one text; a broken file is read once in each language, a pasted part in the ways that it may be cut. */
export function trialsOf(
  sample: string,
  grammars: Grammars,
  read: (source: string, language: Language, grammars: Grammars) => Reading,
): Trials {
  const known = new Map<Language, Reading>();
  return {
    known,
    reading(language) {
      const found = known.get(language) ?? read(readableAs(language, sample), language, grammars);
      known.set(language, found);
      return found;
    },
  };
}

/** A fragment of PHP lacks what begins PHP; before that its grammar reads anything, of which only markup is meant. */
export function readableAs(language: Language, sample: string): string {
  const opens = sample.includes('<?') && /^(?:#!.*\bphp\b.*)?\s*</.test(sample);
  return language === 'php' && !opens ? `<?php\n${sample}` : sample;
}

/**
 * The reading with the fewest errors over the ways in which a part of a file is cut out: as it is, with the
 * brackets closed that its beginning or end left open, and as members of a class.
 */
export function readPart(source: string, language: Language, grammars: Grammars): Reading {
  const plain = readWhole(source, language, grammars);
  if (plain.share < sureShare) return plain;
  const closed = withBrackets(source);
  const inClass = source.length > partLimit ? undefined : classOpenings[language];
  const spellings = [
    ...(closed === source ? [] : [closed]),
    ...(inClass === undefined ? [] : [`${inClass}${closed}\n}`]),
  ];
  return spellings.reduce((least, spelling) => {
    if (least.share < sureShare) return least;
    const other = readWhole(spelling, language, grammars);
    return other.share < least.share ? other : least;
  }, plain);
}

export function readWhole(source: string, language: Language, grammars: Grammars): Reading {
  const tree = parseSource(source, language, grammars);
  return { tree, share: tree === null ? 1 : errorShareOf(tree) };
}

const classOpenings: Readonly<Record<string, string>> = {
  java: 'class A {\n',
  csharp: 'class A {\n',
  typescript: 'class A {\n',
  tsx: 'class A {\n',
  javascript: 'class A {\n',
  php: 'class A {\n',
  cpp: 'class A {\n',
  rust: 'impl A {\n',
};

/** Opens before and closes behind what a cut through a block left without its other half. */
function withBrackets(source: string): string {
  const opening: Record<string, string> = { '}': '{', ')': '(', ']': '[' };
  const closing: Record<string, string> = { '{': '}', '(': ')', '[': ']' };
  const open: string[] = [];
  let before = '';
  const bare = source.replaceAll(
    /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|\/\/.*|\/\*[^]*?\*\/|#.*/g,
    ' ',
  );
  for (const [bracket] of bare.matchAll(/[{}()[\]]/g)) {
    const opener = opening[bracket];
    if (opener === undefined) open.push(bracket);
    else if (open.at(-1) === opener) open.pop();
    else if (open.length === 0) before = `${opener}${before}`;
  }
  const after = open.toReversed().map((bracket) => closing[bracket] ?? '');
  return before === '' && after.length === 0 ? source : `${before}${source}\n${after.join('')}`;
}
