import type { Language } from '../facts.ts';
import type { Grammars } from './grammars.ts';
import { errorShareOf, parseSource } from './parse.ts';

/** Below this a grammar reads the text. */
export const sureShare = 0.02;
/** Characters of a text that may be members without their class; longer ones are files, cut at the end at most. */
const partLimit = 4_000;

/** Trial parses of one text. */
export interface Trials {
  /** Error shares by language. */
  known: Map<Language, number>;
  errorShare: (language: Language) => number;
}

/** Trial parses of one text; a broken file is read once in each language, a pasted part in the ways that it may be cut. */
export function trialsOf(
  sample: string,
  grammars: Grammars,
  measure: (source: string, language: Language, grammars: Grammars) => number,
): Trials {
  const known = new Map<Language, number>();
  return {
    known,
    errorShare(language) {
      const share =
        known.get(language) ?? measure(readableAs(language, sample), language, grammars);
      known.set(language, share);
      return share;
    },
  };
}

/** A fragment of PHP lacks what begins PHP. */
export function readableAs(language: Language, sample: string): string {
  return language === 'php' && !sample.includes('<?') ? `<?php\n${sample}` : sample;
}

/**
 * The lowest error share over the ways in which a part of a file is cut out: as it is, with the
 * brackets closed that its beginning or end left open, and as members of a class.
 */
export function shareOfPart(source: string, language: Language, grammars: Grammars): number {
  const plain = shareOf(source, language, grammars);
  if (plain < sureShare) return plain;
  const closed = withBrackets(source);
  const inClass = source.length > partLimit ? undefined : classOpenings[language];
  const readings = [
    ...(closed === source ? [] : [closed]),
    ...(inClass === undefined ? [] : [`${inClass}${closed}\n}`]),
  ];
  return readings.reduce(
    (least, reading) =>
      least < sureShare ? least : Math.min(least, shareOf(reading, language, grammars)),
    plain,
  );
}

export function shareOf(source: string, language: Language, grammars: Grammars): number {
  const tree = parseSource(source, language, grammars);
  return tree === null ? 1 : errorShareOf(tree);
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
