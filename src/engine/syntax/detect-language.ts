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
/** Few errors win; the words of a language decide between grammars that all accept the text. */
const lexicalWeight = 0.5;
/** A fragment cut out of a function parses badly in its own language too: its words are enough. */
const strongScore = 5;
/** A declared language that fits this badly is checked against the content. */
const doubtfulShare = 0.25;

/**
 * The language that the content speaks, when the declared one (or the file's name) plainly does not
 * fit it; null when nothing fits clearly better.
 */
export function betterLanguage(
  text: string,
  tried: Detected & { errorShare: number },
  grammars: Grammars,
): Detected | null {
  // What the content told once it would tell again.
  if (tried.errorShare <= doubtfulShare || tried.certainty < certain) return null;
  const sample = sampleOf(text);
  const trial = trialsOf(sample, grammars);
  const isWhole = sample === text && readableAs(tried.language, text) === text;
  // Its only parse is the trial: among two thousand broken files each parse counts.
  if (isWhole) trial.known.set(tried.language, tried.errorShare);
  const found = byContent(sample, trial);
  if (found.language === tried.language || grammars.parser(found.language) === null) return null;
  const isBetter = trial.errorShare(found.language) < tried.errorShare / 3;
  return isBetter ? { ...found, certainty: Math.min(found.certainty, 0.7) } : null;
}

/** Declared > file name > shebang > vote of the parsers. */
export function detectLanguage(
  file: { path: string; text: string; language?: string | undefined },
  grammars: Grammars,
): Detected {
  const declared = canonical(file.language);
  if (declared !== null) return { language: declared, certainty: certain };
  const named = byName(file.path) ?? byShebang(file.text);
  if (named !== null) return { language: named, certainty: certain };
  const sample = sampleOf(file.text);
  return byContent(sample, trialsOf(sample, grammars));
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
  return text.slice(0, sampleLimit);
}

function byContent(sample: string, trial: Trials): Detected {
  const prose = looksLikeProse(sample);
  if (prose !== null) return prose;
  const scores = lexicalScores(sample);
  const voters = [...scores].filter(([, score]) => score > 0).slice(0, votersAtMost);
  if (voters.length === 0) return { language: 'text', certainty: 0.6 };
  const best = voters[0]?.[1] ?? 0;
  const votes = voters
    .map(([language, score]) => {
      const error = trial.errorShare(language);
      return { language, score, error, merit: (score / best) * lexicalWeight - error };
    })
    .sort((a, b) => b.merit - a.merit || order(a.language) - order(b.language));
  const [first, second] = votes;
  if (first === undefined || (first.error > 0.5 && first.score < strongScore)) {
    return { language: 'unknown', certainty: 0.3 };
  }
  const lead = second === undefined ? 1 : first.merit - second.merit;
  const certainty = 0.55 + lead * 0.4 - first.error / 2;
  return {
    language: first.language,
    certainty: Math.round(Math.min(0.95, Math.max(0.3, certainty)) * 100) / 100,
  };
}

function order(language: Language): number {
  return (fullLanguages as readonly string[]).indexOf(language);
}

interface Trials {
  /** Error shares by language. */
  known: Map<Language, number>;
  errorShare: (language: Language) => number;
}

/** Trial parses of one text, one for each language. */
function trialsOf(sample: string, grammars: Grammars): Trials {
  const known = new Map<Language, number>();
  return {
    known,
    errorShare(language) {
      const share = known.get(language) ?? trial(readableAs(language, sample), language, grammars);
      known.set(language, share);
      return share;
    },
  };
}

/** A fragment of PHP lacks what begins PHP. */
function readableAs(language: Language, sample: string): string {
  return language === 'php' && !sample.includes('<?') ? `<?php\n${sample}` : sample;
}

function trial(source: string, language: Language, grammars: Grammars): number {
  const tree = parseSource(source, language, grammars);
  return tree === null ? 1 : errorShareOf(tree);
}
