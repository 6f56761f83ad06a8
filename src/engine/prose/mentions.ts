/** Technologies that prose names. A name that is also a word of everyday needs words of software beside it. */
import type { Rubric } from '../rubric.ts';
import { escaped } from '../syntax/patterns/escaped.ts';
import type { ProseBlock } from './blocks.ts';

export interface Mention {
  tag: string;
  category: string;
  /** As it is written there. */
  name: string;
  line: number;
}

type Technology = Rubric['technologies'][number];
type Kind = 'names' | 'exact' | 'ambiguous';

interface Reader {
  pattern: RegExp;
  find: (name: string) => Technology | undefined;
}

/** What only speaks of software; `class`, `server` and `library` are also in schools, bars and towns. */
const software =
  /\b(?:code|coded|coding|codebase|program(?:s|med|ming|mers?)|software|apps?|APIs?|back-?end|front-?end|compil\w+|framework|repositor(?:y|ies)|developers?|scripts?|microservices?|endpoints?|SDK|JVM|database|deploy\w*|runtime|algorithms?|refactor\w*|unit tests?|test suites?|web (?:service|server|app|application)s?|data ?frames?|CLI|HTTP|JSON|cache[ds]?|caching|end-to-end tests?|integration tests?|bundler|version control)\b/;

/** Words before a name that take it back. */
const negation =
  /\b(?:not|never|no|without|instead of|rather than|unlike|nor|neither|avoid\w*|replac\w+|dropp?ed|away from|(?:\w+n['’]t))\s+(?!only\b)(?:[\w'’-]+\s+){0,5}$/i;
/** Where what was taken back ends. */
const turn = /[,;:]|\b(?:but|because|since|so|with)\b/i;

/** `Go to`, `play Go`: the verb and the game. */
const otherwise: Readonly<Record<string, { before?: RegExp; after?: RegExp }>> = {
  Go: {
    before: /(?:^|[.!?:]\s*|["“]|\b(?:play\w*|game of|let|Let['’]s)\s+)$/,
    after:
      /^\s+(?:to|on|ahead|back|through|for|live|out|into|over|away|home|player|board|stones?)\b/,
  },
  Python: { before: /\bMonty\s+$/ },
  Kafka: { before: /\bFranz\s+$/ },
  Java: {
    before: /\b(?:on|island of|of|cup of|visited|across)\s+$/,
    after: /^\s+(?:island|sea|coffee)\b/i,
  },
  Scala: { before: /\bLa\s+$/ },
  Swift: { before: /\bTaylor\s+$/ },
  React: { before: /(?:^|[.!?]\s+)$/, after: /^\s+(?:to|quickly|badly)\b/ },
  Express: { before: /\b(?:Orient|American|Federal)\s+$/ },
  Angular: { after: /^\s+(?:momentum|velocity|frequency)\b/ },
};

export function mentionsIn(blocks: readonly ProseBlock[], { technologies }: Rubric): Mention[] {
  const readers: Record<Kind, Reader> = {
    names: readerOf(technologies, 'names'),
    exact: readerOf(technologies, 'exact'),
    ambiguous: readerOf(technologies, 'ambiguous'),
  };
  return blocks
    .filter(({ kind }) => kind !== 'code')
    .flatMap((block) => mentionsOf(block, readers))
    .sort((a, b) => a.line - b.line);
}

/** So many names that could each mean something else mean what they have in common: `Java, Go and Ruby`. */
const inCommon = 3;

function mentionsOf(block: ProseBlock, readers: Record<Kind, Reader>): Mention[] {
  const plain = [...found(block, readers.names), ...found(block, readers.exact)];
  const ambiguous = found(block, readers.ambiguous);
  // One technology beside it says what the passage is about, as words of software do.
  const isSoftware =
    plain.length > 0 ||
    software.test(block.text) ||
    new Set(ambiguous.map(({ tag }) => tag)).size >= inCommon;
  return isSoftware ? [...plain, ...ambiguous] : [];
}

function found({ text, startLine }: ProseBlock, { pattern, find }: Reader): Mention[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: name, index }): Mention[] => {
    const technology = find(name);
    if (technology === undefined || isMeantOtherwise(text, name, index)) return [];
    const line = startLine + text.slice(0, index).split('\n').length - 1;
    const { tag, category } = technology;
    return [{ tag, category, name, line }];
  });
}

/** Characters before a name that are looked at. */
const reach = 120;

function isMeantOtherwise(text: string, name: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - reach), index);
  const sentence = before.split(/[.!?]\s/).at(-1) ?? '';
  const clause = sentence.split(turn).at(-1) ?? '';
  if (negation.test(clause)) return true;
  if (!Object.hasOwn(otherwise, name)) return false;
  const { before: left, after: right } = otherwise[name] ?? {};
  return (
    left?.test(before) === true ||
    right?.test(text.slice(index + name.length, index + name.length + reach)) === true
  );
}

function readerOf(technologies: readonly Technology[], kind: Kind): Reader {
  const fold = (name: string) => (kind === 'names' ? name.toLowerCase() : name);
  const byName = new Map(
    technologies.flatMap((one) => one[kind].map((name) => [fold(name), one] as const)),
  );
  const longestFirst = [...byName.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const any = longestFirst.map((name) => escaped(name)).join('|');
  const pattern = new RegExp(
    `(?<![\\w.#+@/-])(?:${any})(?![\\w#+/@-]|\\.\\w)`,
    kind === 'names' ? 'gi' : 'g',
  );
  return { pattern, find: (name) => byName.get(fold(name)) };
}
