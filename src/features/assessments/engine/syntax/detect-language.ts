import { fullLanguages, type Language } from '../facts.ts';
import type { Grammars } from './grammars.ts';
import {
  languageAliases,
  languageByExtension,
  languageByFileName,
} from './languages/file-names.ts';
import { lexicalScores, looksLikeProse } from './languages/lexical-hints.ts';
import { errorShareOf, parseSource } from './parse.ts';

/** A language and how sure that is: 1 when declared or told by the name. */
export interface Detected {
  language: Language;
  certainty: number;
}

/** Characters that vote; more would cost time and change nothing. */
const sampleLimit = 12_000;
/** Languages that get as far as a trial parse. */
const votersAtMost = 4;
const certain = 1;

/** Declared > file name > shebang > vote of the parsers. */
export function detectLanguage(
  file: { path: string; text: string; language?: string | undefined },
  grammars: Grammars,
): Detected {
  const declared = canonical(file.language);
  if (declared !== null) return { language: declared, certainty: certain };
  const named = byName(file.path) ?? byShebang(file.text);
  if (named !== null) return { language: named, certainty: certain };
  return byContent(file.text, grammars);
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

function byContent(text: string, grammars: Grammars): Detected {
  const sample = text.slice(0, sampleLimit);
  const prose = looksLikeProse(sample);
  if (prose !== null) return prose;
  const scores = lexicalScores(sample);
  const voters = [...scores].filter(([, score]) => score > 0).slice(0, votersAtMost);
  if (voters.length === 0) return { language: 'text', certainty: 0.6 };
  const best = voters[0]?.[1] ?? 0;
  const votes = voters
    .map(([language, score]) => ({ language, score, error: trial(sample, language, grammars) }))
    // Few errors first; the words of the language decide between grammars that all accept the text.
    .sort(
      (a, b) =>
        a.error - a.score / best / 4 - (b.error - b.score / best / 4) ||
        order(a.language) - order(b.language),
    );
  const [first, second] = votes;
  if (first === undefined || first.error > 0.5) return { language: 'unknown', certainty: 0.3 };
  const lead =
    second === undefined ? 1 : (first.score - second.score) / best + (second.error - first.error);
  return {
    language: first.language,
    certainty: Math.round(Math.min(0.95, Math.max(0.4, 0.6 + lead * 0.35)) * 100) / 100,
  };
}

function order(language: Language): number {
  return (fullLanguages as readonly string[]).indexOf(language);
}

function trial(sample: string, language: string, grammars: Grammars): number {
  const source = language === 'php' && !sample.includes('<?') ? `<?php\n${sample}` : sample;
  const tree = parseSource(source, language, grammars);
  return tree === null ? 1 : errorShareOf(tree);
}
