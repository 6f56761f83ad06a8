import type { FileFacts } from '../facts.ts';

/** Characters of a file that are analysed; the rest is left out at a line boundary. */
const fileLimit = 1_048_576;

/** A text as the engine reads it. */
export interface NormalText {
  text: string;
  truncated: boolean;
  hidden: FileFacts['hiddenCharacters'];
  /** Share of characters that no text file has: NUL, control characters, replacement characters. */
  binaryShare: number;
}

/** Hidden characters reported per file. */
const hiddenLimit = 100;

/**
 * One form for every way to save the same text: no byte order mark, `\n` line ends. Characters that
 * show one thing and say another are reported, never removed, so that lines stay true.
 */
export function normalise(content: string): NormalText {
  const cut = truncate(content.startsWith('\uFEFF') ? content.slice(1) : content);
  const text = cut.includes('\r') ? cut.replace(/\r\n?/g, '\n') : cut;
  return {
    text,
    truncated: content.length > fileLimit + 1,
    hidden: hiddenCharacters(text),
    binaryShare: binaryShare(text),
  };
}

function truncate(text: string): string {
  if (text.length <= fileLimit) return text;
  const end = text.lastIndexOf('\n', fileLimit);
  return text.slice(0, end > fileLimit / 2 ? end + 1 : fileLimit);
}

const suspects =
  /[\u202A-\u202E\u2066-\u2069\u200B-\u200D\u2060\uFEFF]|[\u0370-\u03FF\u0400-\u04FF]/g;
const bidi = /[\u202A-\u202E\u2066-\u2069]/;
const lookAlike = /[\u0370-\u03FF\u0400-\u04FF]/;

function hiddenCharacters(text: string): FileFacts['hiddenCharacters'] {
  const found: FileFacts['hiddenCharacters'] = [];
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(suspects)) {
    const kind = kindOf(text, match.index);
    if (kind === null) continue;
    for (
      let at = text.indexOf('\n', counted);
      at >= 0 && at < match.index;
      at = text.indexOf('\n', at + 1)
    ) {
      line += 1;
      counted = at + 1;
    }
    if (found.at(-1)?.line !== line || found.at(-1)?.kind !== kind) found.push({ line, kind });
    if (found.length >= hiddenLimit) break;
  }
  return found;
}

function kindOf(text: string, at: number): FileFacts['hiddenCharacters'][number]['kind'] | null {
  const character = text[at] ?? '';
  const around = (text[at - 1] ?? '') + (text[at + 1] ?? '');
  if (bidi.test(character)) return 'bidi';
  // A Greek or Cyrillic letter inside a Latin word; whole foreign words are just words.
  if (lookAlike.test(character)) return /[A-Za-z_]/.test(around) ? 'homoglyph' : null;
  // Joiners are part of emoji and of several scripts.
  return /[^\p{ASCII}]/u.test(around) && character !== '\u200B' ? null : 'zero_width';
}

/** Control characters and the mark of what was no text, without those that text files have: blanks, line ends, U+001B of terminal colours. */
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const odd = /[\u0000-\u0008\u000E-\u001A\u001C-\u001F\u007F-\u009F\uFFFD]/g;

function binaryShare(text: string): number {
  const sample = text.slice(0, 65_536);
  if (sample.length === 0) return 0;
  const found = sample.match(odd)?.length ?? 0;
  // A stray character or two make no binary file.
  return found < 8 ? 0 : found / sample.length;
}
