import type { Language } from '../facts.ts';
import type { Grammars } from './grammars.ts';
import { byContent, sampleLimit, type Detected } from './language-by-content.ts';
import {
  languageAliases,
  languageByExtension,
  languageByFileName,
} from './languages/file-names.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { readableAs, readPart, readWhole, trialsOf } from './trial-parse.ts';

/** What a language was told by may have parsed the text already. */
export interface DetectedByTrial extends Detected {
  tree: SyntaxTree | null;
}

const certain = 1;
/** A declared language that fits this badly is checked against the content. */
const doubtfulShare = 0.25;

/**
 * The language that the content speaks, when the declared one (or the file's name) plainly does not
 * fit it; null when nothing fits clearly better.
 */
export function betterLanguage(
  text: string,
  tried: Detected & { tree: SyntaxTree; errorShare: number },
  grammars: Grammars,
): DetectedByTrial | null {
  // What the content told once it would tell again.
  if (tried.errorShare <= doubtfulShare || tried.certainty < certain) return null;
  const sample = sampleOf(text);
  const trial = trialsOf(sample, grammars, readWhole);
  const isWhole = sample === text && readableAs(tried.language, text) === text;
  // Its only parse is the trial: among two thousand broken files each parse counts.
  if (isWhole) trial.known.set(tried.language, { share: tried.errorShare, tree: tried.tree });
  const found = byContent(sample, trial);
  if (found.language === tried.language || grammars.parser(found.language) === null) return null;
  const { share, tree } = trial.reading(found.language);
  if (share >= tried.errorShare / 3) return null;
  return { ...found, certainty: Math.min(found.certainty, 0.7), tree };
}

/** Declared > file name > shebang > vote of the parsers. */
export function detectLanguage(
  file: { path: string; text: string; language?: string | undefined },
  grammars: Grammars,
): DetectedByTrial {
  const told = canonical(file.language) ?? byName(file.path) ?? byShebang(file.text);
  if (told !== null) return { language: told, certainty: certain, tree: null };
  const sample = sampleOf(file.text);
  const trial = trialsOf(sample, grammars, readPart);
  const found = byContent(sample, trial);
  return { ...found, tree: trial.known.get(found.language)?.tree ?? null };
}

function canonical(declared: string | undefined): Language | null {
  const name = declared?.trim().toLowerCase();
  if (name === undefined || name === '' || name === 'auto' || name === 'unknown') return null;
  return Object.hasOwn(languageAliases, name) ? (languageAliases[name] ?? null) : name;
}

function byName(path: string): Language | null {
  const name = path.replaceAll('\\', '/').split('/').at(-1)?.toLowerCase() ?? '';
  if (Object.hasOwn(languageByFileName, name)) return languageByFileName[name] ?? null;
  const extension = /\.([\w+]+)$/.exec(name)?.[1] ?? '';
  return Object.hasOwn(languageByExtension, extension)
    ? (languageByExtension[extension] ?? null)
    : null;
}

const shebangs: [RegExp, Language][] = [
  [/python/, 'python'],
  [/\b(node|bun)\b/, 'javascript'],
  [/\b(deno|ts-node|tsx)\b/, 'typescript'],
  [/ruby/, 'ruby'],
  [/php/, 'php'],
  [/\b(ba|z|da|k)?sh\b/, 'bash'],
];

function byShebang(text: string): Language | null {
  const line = /^#!.{0,120}/.exec(text)?.[0];
  if (line === undefined) return null;
  return shebangs.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}

function sampleOf(text: string): string {
  return text.length <= sampleLimit ? text : text.slice(0, endOfSample(text));
}

/**
 * Between two declarations, so that nothing is cut open: before a line without indentation, after one that is blank
 * or closes a block. Else at the end of a line.
 */
function endOfSample(text: string): number {
  const lastLine = text.lastIndexOf('\n', sampleLimit) + 1;
  for (let at = lastLine; at > sampleLimit / 2;) {
    const before = text.lastIndexOf('\n', at - 2) + 1;
    if (/[^\s)\]}]/.test(text.charAt(at)) && isEnd.test(text.slice(before, at))) return at;
    at = before;
  }
  return lastLine || sampleLimit;
}

const isEnd = /^(\s*|[)\]}].{0,20}|end)\n$/;
