/** The lines that a finding is about, numbered, with the colours of their language. */
import hljs from 'highlight.js/lib/core';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import typescript from 'highlight.js/lib/languages/typescript';
import { html, raw } from 'hono/html';
import { languageByExtension } from '../../../engine/syntax/languages/file-names.ts';
import type { Finding } from '../report-model.ts';
import type { Fragment } from './fragment.ts';
import { visible } from './visible-text.ts';

const grammars = { cpp, csharp, go, java, javascript, php, python, ruby, rust, typescript };
for (const [name, grammar] of Object.entries(grammars)) hljs.registerLanguage(name, grammar);

/** Characters of a quotation at most: the engine cuts the rest. */
const CUT_AT = 400;

/** @param only the language of a file without an extension, where the submission has just one */
export function codeWindow(finding: Finding, only: string | null): Fragment {
  const { snippet, startLine, endLine } = finding;
  if (snippet === null || startLine === null) return html``;
  const lines = linesOf(coloured(snippet, languageOf(finding, only)));
  const last = endLine ?? startLine;
  const isShort = startLine + lines.length - 1 < last;
  const isCut = isShort || snippet.endsWith('…') || snippet.length >= CUT_AT;
  const more = isCut
    ? html`<p class="more">
        The quotation ends here; the place goes on${isShort ? ` to line ${last}` : ''}.
      </p>`
    : '';
  // Not in the template, whose white space is the formatter's.
  const code = lines.map(
    (line, index) => `<span class="line" data-line="${startLine + index}">${line}\n</span>`,
  );
  return html`${raw(`<pre class="code" translate="no"><code>${code.join('')}</code></pre>`)}${more}`;
}

/** Prose is quoted as it is. */
function languageOf({ file, source }: Finding, only: string | null): string | null {
  if (source !== 'code' && source !== 'test') return null;
  const extension = /\.([^./]+)$/.exec(file ?? '')?.[1]?.toLowerCase();
  const language = extension === undefined ? only : languageByExtension[extension];
  const name = language === 'tsx' ? 'typescript' : language;
  return name !== undefined && name !== null && name in grammars ? name : null;
}

/** Times its length, and beyond a few words, that a quotation may take with its colours; code as people write it takes two to four. */
const MOST = 5;
const FEW = 400;

function coloured(text: string, language: string | null): string {
  if (language === null) return visible(text);
  const { value } = hljs.highlight(text, { language, ignoreIllegals: true });
  const markup = value.replaceAll('&quot;', '"').replaceAll('&#x27;', "'");
  const isTooMuch = markup.length > MOST * text.length + FEW;
  return isTooMuch ? visible(text) : visible(markup, { isEscaped: true });
}

const part = /<span class="[^"]*">|<\/span>|\n/g;

/** Spans that go over the end of a line are closed there and opened again on the next. */
function linesOf(markup: string): string[] {
  const lines: string[] = [];
  const open: string[] = [];
  let line = '';
  let end = 0;
  for (const { 0: found, index } of markup.matchAll(part)) {
    line += markup.slice(end, index);
    end = index + found.length;
    if (found === '\n') {
      lines.push(line + '</span>'.repeat(open.length));
      line = open.join('');
    } else {
      line += found;
      if (found === '</span>') open.pop();
      else open.push(found);
    }
  }
  return [...lines, line + markup.slice(end)];
}
