import type { Language } from '../facts.ts';

/** The code of a file that is more than code, on the lines on which it stands there. */
export interface EmbeddedCode {
  language: Language;
  text: string;
}

const readers: Readonly<Record<string, (text: string) => EmbeddedCode | null>> = {
  vue: (text) => component(text, vueExpression),
  svelte: (text) => component(text, braces),
  astro: (text) => component(text, braces),
  notebook,
};

/**
 * The script of a component file, the code cells of a notebook; null where there is none that can be
 * read. Everything else becomes blanks, so that lines and offsets stay those of the file; of a
 * template the names remain that it uses.
 */
export function embeddedCode(text: string, language: Language): EmbeddedCode | null {
  return Object.hasOwn(readers, language) ? (readers[language]?.(text) ?? null) : null;
}

/** Whether files in this language may hold code of another. */
export function mayEmbed(language: Language): boolean {
  return Object.hasOwn(readers, language);
}

const scriptPattern = /(<script\b([^>]*)>)([^]*?)<\/script>/gi;
/** Of Vue's templates: `{{ … }}` and the values of bound attributes. */
const vueExpression = /\{\{([^{}]*)\}\}|\s(?:@|:|v-)[\w:.-]*="([^"]*)"/g;
const braces = /\{[#@:/]?([^{}]*)\}/g;

function component(text: string, expressions: RegExp): EmbeddedCode | null {
  const parts = [...text.matchAll(scriptPattern)].filter(([, , attributes]) =>
    isCode(attributes ?? ''),
  );
  const front = /^---\n([^]*?)\n---/.exec(text);
  const isTyped =
    front !== null || parts.some(([, , attributes]) => /\blang=["']?ts/.test(attributes ?? ''));
  const ranges: [from: number, to: number][] = parts.map(({ 1: tag, 3: body, index }) => {
    const from = index + (tag ?? '').length;
    return [from, from + (body ?? '').length];
  });
  if (front) ranges.push([4, 4 + (front[1] ?? '').length]);
  if (ranges.length === 0) return null;
  ranges.sort(([a], [b]) => a - b);
  let made = '';
  let at = 0;
  for (const [from, to] of ranges) {
    made += namesIn(text.slice(at, from), expressions) + text.slice(from, to);
    at = to;
  }
  made += namesIn(text.slice(at), expressions);
  return { language: isTyped ? 'typescript' : 'javascript', text: made };
}

function isCode(attributes: string): boolean {
  const type = /\btype=["']?([^"'\s>]+)/.exec(attributes)?.[1] ?? 'module';
  return /^(module|text\/javascript|text\/typescript|application\/javascript)$/.test(type);
}

const keywords = new Set(
  `in of if else each await then catch as new typeof instanceof void delete true false null undefined this
  function return const let var async html snippet render key debug const`.split(/\s+/),
);

/** Blanks, and of each expression the names that it begins from: `save(item.id)` uses `save` and `item`. */
function namesIn(markup: string, expressions: RegExp): string {
  const kept = blank(markup).split('');
  for (const match of markup.matchAll(expressions)) {
    const code = match[1] ?? match[2] ?? '';
    const from = match.index + match[0].indexOf(code);
    const bare = code.replaceAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g, blank);
    for (const { 0: name, index } of bare.matchAll(/(?<![\w$.])[A-Za-z_$][\w$]*(?![\w$]|\s*:)/g)) {
      // The sign that ends the statement takes the place of the one behind the name.
      const end = from + index + name.length;
      if (keywords.has(name) || markup[end] === '\n' || end >= markup.length) continue;
      for (let place = 0; place < name.length; place += 1)
        kept[from + index + place] = name.charAt(place);
      kept[end] = ';';
    }
  }
  return kept.join('');
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** Code cells as their lines stand in the file: one string of a `source` list a line, as Jupyter saves them. */
function notebook(text: string): EmbeddedCode | null {
  const lines = text.split('\n');
  const made = lines.map(() => '');
  let isCodeCell = false;
  let inSource = false;
  let found = 0;
  for (const [index, line] of lines.entries()) {
    if (/^\s*"cell_type":\s*"/.test(line)) isCodeCell = /"cell_type":\s*"code"/.test(line);
    if (/^\s*"source":\s*\[\s*$/.test(line)) inSource = true;
    else if (inSource && /^\s*\],?\s*$/.test(line)) inSource = false;
    else if (inSource && isCodeCell) {
      made[index] = sourceLine(line);
      found += 1;
    }
  }
  if (found === 0) return null;
  const isPython = !/"(?:language|name)":\s*"(?:R|ir|julia|scala|javascript|typescript|bash)/i.test(
    text.slice(-4_000),
  );
  return isPython ? { language: 'python', text: made.join('\n') } : null;
}

/** The text of one JSON string; magics (`%matplotlib`, `!pip`) are no Python. */
function sourceLine(line: string): string {
  try {
    const code: unknown = JSON.parse(line.trim().replace(/,$/, ''));
    if (typeof code !== 'string') return '';
    const one = code.replaceAll('\n', '');
    return /^\s*[%!?]/.test(one) ? '' : one;
  } catch {
    return '';
  }
}
