/** A piece of a text with its lines (1-based, inclusive, in the normalised text). */
export interface ProseBlock {
  kind: 'heading' | 'paragraph' | 'list_item' | 'code';
  /** Markers stripped; code spans keep their backticks. */
  text: string;
  startLine: number;
  endLine: number;
  /** Text of the nearest heading above, `''` before the first. */
  heading: string;
  /** Info string of a fenced block, lower case. */
  language: string;
  /** Texts and addresses of the links in it, as far as their markup was taken out. */
  links: string[];
}

/** A line of backticks with others after them begins with code voice, no block (CommonMark 4.5). */
const fencePattern = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})\s*([^\s`]*)/;
const headingPattern = /^ {0,3}#{1,6}\s+(.*)$/;
const underlinePattern = /^ {0,3}(=+|-{2,})\s*$/;
const itemPattern = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(.*)$/;

/** Link definitions and table rows are no sentences. */
const definitionPattern = /^ {0,3}\[[^\]]{1,200}\]:\s/;
const tablePattern = /^\s*\|.*\|\s*$/;

/** Badges, images and HTML tags go; of a link its text stays, and its target when it is a path. */
function withoutMarkup(line: string): string {
  if (definitionPattern.test(line) || tablePattern.test(line)) return '';
  if (!/[[<&]/.test(line)) return line;
  return line
    .replaceAll(/!\[[^\][]{0,200}\](?:\([^()]{0,500}\)|\[[^\][]{0,100}\])/g, '')
    .replaceAll(/\[\s*\](?:\([^()]{0,500}\)|\[[^\][]{0,100}\])/g, '')
    .replaceAll(
      /\[([^\][]{1,200})\](?:\((?:https?:|#|mailto:)[^()]{0,500}\)|\[[^\][]{0,100}\])/g,
      '$1',
    )
    .replaceAll(/<\/?[a-zA-Z][^<>]{0,500}>|<!--.{0,500}?-->/g, ' ')
    .replaceAll(/&[a-z]{2,8};/g, ' ');
}

/**
 * Splits Markdown or plain text into blocks, line by line. Linear and without nesting on purpose: a
 * full Markdown parser needs seconds for 50 KB of `_a*_`, and sentences need no nesting.
 */
export function proseBlocks(text: string): ProseBlock[] {
  const state: SplitState = { blocks: [], open: null, fence: null, html: false, heading: '' };
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) readLine(state, line, index + 1);
  closeBlock(state);
  return state.blocks.filter((block) => block.text.trim() !== '');
}

interface SplitState {
  blocks: ProseBlock[];
  open: ProseBlock | null;
  /** Marker that closes the code block being read. */
  fence: string | null;
  /** In HTML, which goes on until an empty line, however it is indented. */
  html: boolean;
  heading: string;
}

function readLine(state: SplitState, line: string, number: number): void {
  if (state.fence !== null) return readCodeLine(state, line, number);
  const fence = fencePattern.exec(line);
  if (fence) {
    closeBlock(state);
    state.fence = fence[1] ?? '```';
    state.open = openBlock(state, 'code', '', number);
    state.open.language = (fence[2] ?? '').toLowerCase();
    return;
  }
  if (line.trim() === '') {
    state.html = false;
    return closeBlock(state);
  }
  state.html ||= state.open === null && /^ {0,3}<\/?[a-zA-Z][^>]*>/.test(line);
  if (!state.html && isIndentedCode(state, line)) return readIndentedLine(state, line, number);
  readProseLine(state, line, number);
}

/** Four blanks after an empty line begin an example, unless they go on with a list. */
function isIndentedCode({ open, blocks }: SplitState, line: string): boolean {
  if (!/^(?: {4}|\t)/.test(line)) return false;
  if (open !== null) return open.kind === 'code';
  return blocks.at(-1)?.kind !== 'list_item' && !itemPattern.test(line);
}

function readIndentedLine(state: SplitState, line: string, number: number): void {
  state.open ??= openBlock(state, 'code', '', number);
  state.open.text += `${line.replace(/^(?: {4}|\t)/, '')}\n`;
  state.open.endLine = number;
}

function readCodeLine(state: SplitState, line: string, number: number): void {
  if (state.open) state.open.endLine = number;
  if (state.fence !== null && line.trim().startsWith(state.fence)) {
    state.fence = null;
    return closeBlock(state);
  }
  if (state.open) state.open.text += `${line}\n`;
}

/** Texts of links whose target `withoutMarkup` drops. */
function linksIn(line: string): string[] {
  return [
    ...line.matchAll(
      /(?<!!)\[([^\][]{1,200})\](?:\((?:https?:|#|mailto:)[^()]{0,500}\)|\[[^\][]{0,100}\])/g,
    ),
    ...line.matchAll(/<a\s[^<>]{0,300}>([^<>]{1,200})<\/a>/gi),
  ].map((match) => match[1] ?? '');
}

function readProseLine(state: SplitState, raw: string, number: number): void {
  if (state.open?.kind === 'code') closeBlock(state);
  const line = withoutMarkup(raw);
  if (line.trim() === '') return closeBlock(state);
  readMarkedLine(state, line, number);
  if (/[[<]/.test(raw)) state.open?.links.push(...linksIn(raw));
}

function readMarkedLine(state: SplitState, line: string, number: number): void {
  const heading = headingPattern.exec(line);
  if (heading) {
    closeBlock(state);
    return addHeading(state, withoutClosing(heading[1] ?? ''), number);
  }
  if (underlinePattern.test(line)) {
    const above = state.open;
    state.open = null;
    if (above?.kind === 'paragraph') addHeading(state, above.text, above.startLine);
    return;
  }
  readTextLine(state, line, number);
}

/** `Title ##` → Title. By hand: a pattern for it looks at a run of `#` from each of its places. */
function withoutClosing(title: string): string {
  let end = title.trimEnd().length;
  while (end > 0 && title.charAt(end - 1) === '#') end -= 1;
  return title.slice(0, end).trim();
}

function readTextLine(state: SplitState, line: string, number: number): void {
  const item = itemPattern.exec(line);
  if (item) {
    closeBlock(state);
    state.open = openBlock(state, 'list_item', item[1] ?? '', number);
    return;
  }
  const content = line.replace(/^\s*(?:>\s?)*/, '').trim();
  if (state.open) {
    state.open.text += `\n${content}`;
    state.open.endLine = number;
  } else {
    state.open = openBlock(state, 'paragraph', content, number);
  }
}

function addHeading(state: SplitState, text: string, line: number): void {
  state.heading = text.trim();
  state.blocks.push({ ...openBlock(state, 'heading', text.trim(), line) });
}

function openBlock(
  state: SplitState,
  kind: ProseBlock['kind'],
  text: string,
  line: number,
): ProseBlock {
  return {
    kind,
    text,
    startLine: line,
    endLine: line,
    heading: state.heading,
    language: '',
    links: [],
  };
}

function closeBlock(state: SplitState): void {
  if (state.open) state.blocks.push(state.open);
  state.open = null;
}
