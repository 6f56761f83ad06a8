/** Text of strangers in Markdown: it says what it says, and is no markup, no mention and no link. */

/** A code span, with a fence that its content does not have (CommonMark 6.1). */
export function inline(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const fence = '`'.repeat(longestRun(line) + 1);
  const padded = /^[` ]|[` ]$/.test(line) ? ` ${line} ` : line;
  return line === '' ? '' : `${fence}${padded}${fence}`;
}

/** A block of code (CommonMark 4.5). */
export function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/**
 * A sentence of the engine: what it quotes by backticks stays code, anything else is escaped. A name after `@`
 * would be told of it, a number after `#` linked, an address made a link: they become code.
 */
export function words(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? inline(part.slice(1, -1)) : plain(part)))
    .join('');
}

const active = /[@#]\w[\w.-]*|\b(?:https?:\/\/|www\.)\S+/gi;

function plain(text: string): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(active)) {
    result += escaped(text.slice(end, match.index)) + inline(match[0]);
    end = match.index + match[0].length;
  }
  return result + escaped(text.slice(end));
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>|~$&]/g, String.raw`\$&`)
    .replace(/^\s*[-+#](?=\s)/, (mark) => mark.replace(/\S/, String.raw`\$&`))
    .replace(/^(\s*\d+)([.)])(?=\s)/, String.raw`$1\$2`);
}
