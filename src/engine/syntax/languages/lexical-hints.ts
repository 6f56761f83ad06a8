import type { FullLanguage, Language } from '../../facts.ts';
import { anyOf } from '../any-of.ts';
import type { Hint } from './hint.ts';
import { otherHints } from './other-hints.ts';

/** Spellings that few other languages share; each counts once a line, weights 1 (common) to 4 (telling). */
const hints: Record<FullLanguage, readonly Hint[]> = {
  python: [
    [/^\s*(async )?def \w+\(.*\)\s*(->.*)?:\s*(#.*)?$/, 4],
    [/^\s*(if|elif|else|for|while|try|except|finally|with|class)\b.*:\s*(#.*)?$/, 2],
    [/^(from [\w.]+ )?import [\w., *]+$/, 2],
    [/\b(self\.\w+|None|True|False|elif|lambda \w+:|__\w+__)\b/, 1],
    [/^\s*print\(.*\)\s*$|^\s*return [^;]*$|^\s*\w+ = [^;{]*[^;{,]$/, 0.5],
  ],
  typescript: [
    [/\b(const|let)\s+\w+\s*:\s*[\w<>[\]|]+\s*=/, 4],
    [/^\s*(export\s+)?(interface|type|enum|abstract class)\s+\w+.*[{=]/, 3],
    [/\w\??:\s*(string|number|boolean|unknown|any|void|Promise<)/, 3],
    [/\b(import type|as const|readonly|implements)\b/, 2],
    [/=>|\bconst\b|\bfunction\b|===/, 0.8],
  ],
  tsx: [
    [/<\/?[A-Z]\w*[\s/>]|<(div|span|button|input|p|ul|li)[\s>].*\w?/, 1.5],
    [/\b(React\.FC|JSX\.Element|useState<)/, 4],
  ],
  javascript: [
    [/\b(const|let|var)\s+[\w{[]+.*=/, 1.5],
    [/=>|===|!==/, 1.2],
    [/\bfunction\b\s*\w*\(|\brequire\(['"]|module\.exports|console\.log/, 2],
    [/^\s*(import|export)\b.*(from\s*['"]|default|const|function)/, 2],
    [/\b(async function|await|document\.|window\.|undefined)\b/, 1],
  ],
  java: [
    [/^\s*(public|private|protected)\s+(static\s+)?(final\s+)?[\w<>[\], ]+\s+\w+\s*[(=;]/, 2.5],
    [/^\s*import\s+(static\s+)?[a-z]+\.[\w.]+(\.\*)?;/, 4],
    [/\bSystem\.out\.|\bString\[\]|@Override|\bthrows \w+|\bfinal \w+ \w+ =/, 3],
    [/\bpublic (final |abstract )?(class|interface|enum|record)\b/, 1.5],
    [/\bnew \w+(<.*>)?\(.*\);/, 0.6],
  ],
  go: [
    [/^package \w+$/, 4],
    [/^func\s+(\(\w+ \*?\w+\)\s*)?\w+\(/, 4],
    [/:=/, 1.5],
    [/\bnil\b|\berrors\.New|\bfunc\(/, 1.5],
    [/\bfmt\.\w+\(|\bif err != nil\b|\bdefer \b|\bchan \b|\brange \b/, 2.5],
    [/^type \w+ (struct|interface) \{/, 4],
  ],
  rust: [
    [/^\s*(pub(\(\w+\))? )?(async )?fn \w+(<.*>)?\(/, 4],
    [/\blet mut \w+|\bimpl\b.*\{|&mut |&str\b|\bVec<|->\s*(Result|Option|Self|\w+)\s*\{/, 2.5],
    [/\b(println|vec|format|assert_eq|panic)!\s*[([]/, 3],
    [/^use (std|crate|super|self|\w+)::/, 4],
    [
      /\bmatch \w+.*\{|\bimpl<|\.is_none\(|\bself\.\w+\.|\.unwrap\(|&self\b|'\w+: for|\bSome\(|\bOk\(|#\[derive/,
      1,
    ],
  ],
  csharp: [
    [/^\s*using [A-Z][\w.]*;/, 4],
    [/^\s*namespace [\w.]+\s*[{;]?/, 3],
    [
      /\bConsole\.(Write|Read)|\{ get; (private )?(set;|init;)? ?\}|\bstring\.|\bList<\w+>|\bvar \w+ = /,
      2,
    ],
    [
      /^\s*(public|private|protected|internal)\s+(static |async |override |virtual |sealed |readonly )*[\w<>[\]?, ]+\s+\w+/,
      2,
    ],
    [/\bforeach \(|\basync Task|\bstring \w+/, 2],
  ],
  cpp: [
    [/^\s*#\s*(include|define|ifdef|ifndef|pragma)\b/, 4],
    [/\bstd::\w+|\bcout\s*<<|\bcin\s*>>|\busing namespace\b|\bnullptr\b|\btemplate\s*</, 3],
    [
      /^\s*(int|void|bool|double|char|auto|size_t|float|long|unsigned)\s+[*&]?\w+(::\w+)?\s*\(.*\)\s*(const)?\s*\{?/,
      2,
    ],
    [/->\w+\(|\bconst \w+\s*&|\bint main\s*\(|\bprintf\s*\(/, 1],
  ],
  php: [
    [/<\?php/, 20],
    [/\$\w+\s*(=|->|\[)|\$this->/, 3],
    [/\bfunction \w+\(.*\$|\becho\b|::class/, 1],
  ],
  ruby: [
    [/^\s*def [\w.?!]+(\(.*\))?\s*$/, 3],
    [/^\s*end\s*$/, 2],
    [
      /^\s*(require|require_relative) ['"]|\battr_(reader|accessor|writer)\b|\bputs\b|\bdo \|[\w, ]+\||\.each\b|\bunless\b|\belsif\b|@\w+ =/,
      3,
    ],
    [/^\s*(class [A-Z]\w*( < [A-Z][\w:]*)?|module [A-Z]\w*)\s*$/, 3],
  ],
};

/** Data and prose have lines that look like declarations, too. */
const { yaml, ini, makefile, dockerfile, sql, ...codeHints } = otherHints;

/** The hints of some languages, by language. */
type HintLists = readonly { language: Language; list: readonly Hint[]; any: RegExp }[];

/** Of the languages that are judged, and of data that their grammars read by chance. */
export const judgedAndDataHints = listsOf({ ...hints, yaml, ini, makefile, dockerfile, sql });
/** Of all other languages. */
export const otherCodeHints = listsOf(codeHints);

function listsOf(lists: Readonly<Record<string, readonly Hint[] | undefined>>): HintLists {
  return Object.entries(lists).map(([language, list = []]) => ({
    language,
    list,
    any: patternOf(list),
  }));
}

/** What any of the hints finds: most lines hold none of a language, which takes one search to see. */
function patternOf(list: readonly Hint[]): RegExp {
  // To take capitals for small letters where one hint does finds more lines, never fewer.
  const flags = list.some(([{ ignoreCase }]) => ignoreCase) ? 'i' : '';
  return anyOf(
    list.map(([pattern]) => pattern),
    flags,
  );
}

/** How much the text is spelled like each language, those that it is not left out, best first. */
export function lexicalScores(sample: string, of: HintLists): [Language, number][] {
  // A line that stands there again, as those of one bracket do, is searched once.
  const counts = new Map<string, number>();
  for (const line of sample.split('\n'))
    if (line.trim() !== '' && line.length < 500) counts.set(line, (counts.get(line) ?? 0) + 1);
  const lines = [...counts.keys()];
  const scores = of.map(({ language, list, any }): [Language, number] => {
    const telling = lines.filter((line) => any.test(line));
    const countOf = (pattern: RegExp) =>
      telling.reduce((sum, line) => (pattern.test(line) ? sum + (counts.get(line) ?? 0) : sum), 0);
    const score = list.reduce((total, [pattern, weight]) => total + weight * countOf(pattern), 0);
    return [language, score];
  });
  return scores.filter(([, score]) => score > 0).sort(([, a], [, b]) => b - a);
}

/** Hints of at least this weight are not met by chance. */
const telling = 3;

/**
 * Whether the lines outside of fenced examples hold declarations of some language, however much is
 * said about them: three and one in twelve.
 */
export function speaksCode(sample: string): boolean {
  const lines = withoutFences(sample.split('\n').filter((line) => line.trim() !== '')).filter(
    (line) => line.length < 500,
  );
  return Object.values({ ...hints, ...codeHints }).some((list) => {
    const strong = list.filter(([, weight]) => weight >= telling);
    const found = lines.filter((line) => strong.some(([pattern]) => pattern.test(line))).length;
    return found >= 3 && found * 12 >= lines.length;
  });
}

const code =
  /[;{}]\s*$|[=!<>]=|=>|:=|->|\w\(.*\)\s*[:{;]?\s*$|^\s*(#include|import |from |using |package |def |class |func |fn |return\b|end$|<\?php|@\w+$)|^\s*[\w.$@[\]]+\s*[-+*]?=\s*\S/;
const sentence = /(\b[\p{L}'’-]+[,;:]?\s+){4,}[\p{L}'’-]+/u;
const markdown = /^(#{1,6} \S|[-*+] \S|\d+\. \S|> |```|\|.*\|$|\[.+\]\(.+\)|!\[)/;

/** Prose by the look of its lines, or null when it may be code. */
export function looksLikeProse(sample: string): { language: Language; certainty: number } | null {
  const all = withoutHashComments(sample.split('\n')).filter((line) => line.trim() !== '');
  if (all.length === 0) return sample.trim() === '' ? { language: 'text', certainty: 1 } : null;
  const lines = withoutFences(all);
  const commented = /\/\*\*|^\s*\*\//m.test(sample) ? /^\s*(\/\/|\/?\*)/ : /^\s*\/\//;
  if (lines.filter((line) => commented.test(line)).length * 3 > lines.length) return null;
  const marked = lines.filter((line) => markdown.test(line)).length;
  const wordy = lines.filter((line) => sentence.test(line) && !/[;{}]\s*$/.test(line)).length;
  const coded = lines.filter((line) => code.test(line) && !sentence.test(line)).length;
  if (lines.length < all.length && marked + wordy >= lines.length * 0.4)
    return { language: 'markdown', certainty: 0.9 };
  if (coded > lines.length * 0.3 || wordy + marked < Math.max(1, lines.length * 0.4)) return null;
  return { language: marked > 0 ? 'markdown' : 'text', certainty: 0.9 };
}

/** Lines after lines that begin with `#` are comments; a heading stands alone. */
function withoutHashComments(lines: string[]): string[] {
  const hash = /^\s*#+(?:\s|$)/;
  return lines.filter(
    (line, at) =>
      !hash.test(line) || !(hash.test(lines[at - 1] ?? '') || hash.test(lines[at + 1] ?? '')),
  );
}

/** Fenced blocks are examples inside prose; a text that has them is Markdown. */
function withoutFences(lines: string[]): string[] {
  let inside = false;
  return lines.filter((line) => {
    if (/^\s*(```[^`]*$|~~~)/.test(line)) {
      inside = !inside;
      return false;
    }
    return !inside;
  });
}
