import type { ProseBlock } from './blocks.ts';

export interface Sentence {
  text: string;
  /** Lower-case words without code spans, links and numbers. */
  words: string[];
  /** What stands in code voice (backticks), as written. */
  codeSpans: string[];
  /** It points the reader somewhere: a link or an address. */
  linked: boolean;
  startLine: number;
  endLine: number;
  block: ProseBlock;
  /** How far it reads, with those around it, as if somebody had said something: 0 to 1; 1 where nobody asked. */
  fluency: number;
}

/** Abbreviations after which a full stop ends no sentence. */
const abbreviation = /(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|resp|no|fig|eq|dr|mr|mrs|st)|\b[a-z])$/i;

/** Sentences of a paragraph or list item, with the lines they stand on. */
export function sentencesOf(block: ProseBlock): Sentence[] {
  const sentences: Sentence[] = [];
  const linesBefore = lineCounter(block.text);
  let start = 0;
  for (const end of sentenceEnds(block.text)) {
    const raw = block.text.slice(start, end);
    const text = raw.trim().replaceAll('\n', ' ');
    if (text !== '') {
      const lead = raw.length - raw.trimStart().length;
      const startLine = block.startLine + linesBefore(start + lead);
      const endLine = Math.max(startLine, block.startLine + linesBefore(end - 1));
      sentences.push({
        text,
        words: wordsOf(text),
        codeSpans: codeSpansOf(text),
        linked: isLinked(text, block),
        startLine,
        endLine,
        block,
        fluency: 1,
      });
    }
    start = end;
  }
  return sentences;
}

/** Lower-case words of two kinds of text: prose with code spans, and bare prose. */
export function wordsOf(text: string): string[] {
  return (
    text
      .replaceAll(/`[^`]*`/g, ' ')
      .replaceAll(/\[([^\]]{0,200})\]\([^)]{0,500}\)/g, '$1')
      .replaceAll(/https?:\S+/g, ' ')
      .toLowerCase()
      .match(/[a-zà-öø-ÿ]+(?:['’][a-z]+)?/g) ?? []
  );
}

function isLinked(text: string, { links }: ProseBlock): boolean {
  return (
    /\]\([^)\s]|\bhttps?:\/\/|\bwww\.|[\w.+-]@[\w-]+\.\w/.test(text) ||
    links.some((link) => text.includes(link.trim()))
  );
}

function codeSpansOf(text: string): string[] {
  return [...text.matchAll(/`([^`]{1,120})`/g)].map((match) => (match[1] ?? '').trim());
}

function* sentenceEnds(text: string): Generator<number> {
  // `name: what it is` on a line of its own is one sentence a line.
  for (const match of text.matchAll(/[.!?]+["')\]]*|\n(?=`?[\w$.]{1,80}`?: )/g)) {
    const end = match.index + match[0].length;
    if (match[0] === '\n') {
      yield end;
      continue;
    }
    if (!/\s/.test(text.charAt(end))) continue;
    if (
      !match[0].startsWith('.') ||
      !abbreviation.test(text.slice(Math.max(0, match.index - 8), match.index))
    ) {
      yield end;
    }
  }
  yield text.length;
}

/** Line breaks before ascending offsets, counted in one pass. */
function lineCounter(text: string): (offset: number) => number {
  let lines = 0;
  let next = text.indexOf('\n');
  return (offset) => {
    for (; next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) lines += 1;
    return lines;
  };
}
