import { fullLanguages, type Language } from '../facts.ts';
import type { Grammars } from './grammars.ts';
import {
  languageAliases,
  languageByExtension,
  languageByFileName,
} from './languages/file-names.ts';
import {
  judgedAndDataHints,
  lexicalScores,
  looksLikeProse,
  otherCodeHints,
  speaksCode,
} from './languages/lexical-hints.ts';
import { componentLanguage } from './languages/component-language.ts';
import { nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import {
  readableAs,
  readPart,
  readWhole,
  sureShare,
  trialsOf,
  type Trials,
} from './trial-parse.ts';

/** A language and how sure that is: 1 when declared or told by the name. */
export interface Detected {
  language: Language;
  certainty: number;
}

/** What a language was told by may have parsed the text already. */
export interface DetectedByTrial extends Detected {
  tree: SyntaxTree | null;
}

/** Characters that vote; more would cost time and change nothing. */
const sampleLimit = 12_000;
/** Languages that get as far as a trial parse. */
const votersAtMost = 4;
const certain = 1;
/** Few errors win; the words of a language decide between grammars that all accept the text. */
const lexicalWeight = 0.5;
const errorWeight = 2;
/** What a language without a grammar stands behind one whose grammar reads the text. */
const untriedCost = 0.08;
/** Words of a language that are enough in a text of any length, and in a short one, a line. */
const strongScore = 5;
const weakScoreALine = 0.3;
/** A text whose best grammar reads it no better than this is in none of the judged languages. */
const hopelessShare = 0.3;
/** Below this a grammar reads the text without a doubt. */
const soundShare = 0.003;
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

/** The three that share one grammar family: which one is told by what the narrower ones cannot read. */
const scripts = ['javascript', 'typescript', 'tsx'] as const;

/** Only Java says it like this; of its other words, most are also those of C# and TypeScript. */
const javaPackage = /^package [a-z]\w*(?:\.\w+)*;\s*$/m;
const typeDeclaration = /\b(?:class|interface|enum|record) \w/;

function byContent(sample: string, trial: Trials): Detected {
  const component = componentLanguage(sample);
  if (component !== null) return { language: component, certainty: 0.9 };
  if (javaPackage.test(sample) && typeDeclaration.test(sample))
    return { language: 'java', certainty: 0.95 };
  const prose = looksLikeProse(sample);
  if (prose !== null && !speaksCode(sample)) return prose;
  if (isJson(sample)) return { language: 'json', certainty: 0.95 };
  const near = lexicalScores(sample, judgedAndDataHints);
  const plain = votesOf(near, sample, trial);
  if (isBeyondDoubt(plain, sample)) return settled(plain, sample);
  const all = [...near, ...lexicalScores(sample, otherCodeHints)].sort(([, a], [, b]) => b - a);
  return settled(votesOf(all, sample, trial), sample);
}

/** Best first. */
function votesOf(scores: readonly [Language, number][], sample: string, trial: Trials): Vote[] {
  const best = scores[0]?.[1] ?? 0;
  const judged = judgedVotes(scores, best, trial);
  return [...judged, ...otherVotes(scores, best, costOfUntried(judged, sample))].sort(
    (a, b) => b.merit - a.merit || order(a.language) - order(b.language),
  );
}

/** No other code is read over so many lines, and has such words in one of four, by chance. */
function isBeyondDoubt([first]: readonly Vote[], sample: string): boolean {
  if (first === undefined || first.error === null || first.error > 0) return false;
  const lines = filledLines(sample);
  return lines >= 60 && first.score >= lines / 4;
}

function filledLines(sample: string): number {
  return sample.split('\n').filter((line) => line.trim() !== '').length;
}

interface Vote {
  language: Language;
  score: number;
  /** Null where there is no grammar to try. */
  error: number | null;
  merit: number;
}

function judgedVotes(scores: readonly [Language, number][], best: number, trial: Trials): Vote[] {
  const voters = new Map<Language, number>();
  for (const [language, score] of scores) {
    if (!isJudged(language) || voters.size >= votersAtMost) continue;
    const family = isScript(language) ? 'javascript' : language;
    voters.set(family, Math.max(score, voters.get(family) ?? 0));
  }
  const votes: Vote[] = [];
  for (const [family, score] of voters) {
    // Where a grammar reads all of it, one with a quarter of its words can't win any more, and is taken for one that can't.
    const isSettled = votes.some(({ error }) => error !== null && error < soundShare);
    if (isSettled && score * 4 < best) continue;
    const language = family === 'javascript' ? scriptOf(trial) : family;
    const error = trial.reading(language).share;
    const merit = (score / best) * lexicalWeight - Math.min(1, error * errorWeight);
    votes.push({ language, score, error, merit });
  }
  return votes;
}

/** The narrowest of the family that reads the text: what plain JavaScript cannot read is not called that. */
function scriptOf(trial: Trials): Language {
  const typed = trial.reading('typescript');
  // The wide grammar reads most texts, and shows whether the narrow one would: to be wrong costs a parse more.
  if (typed.share === 0 && typed.tree !== null && holdsTypes(typed.tree)) return 'typescript';
  const plain = trial.reading('javascript').share;
  if (plain === 0) return 'javascript';
  const tagged = typed.share === 0 ? 1 : trial.reading('tsx').share;
  if (plain <= typed.share && plain <= tagged) return 'javascript';
  return typed.share <= tagged ? 'typescript' : 'tsx';
}

/** What only TypeScript has; its grammar also names some things of JavaScript otherwise. */
const typedOnly = new Set([
  'type_annotation',
  'type_alias_declaration',
  'interface_declaration',
  'enum_declaration',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'type_arguments',
  'type_parameters',
]);

const typedNodes = nodesWhere((_kind, type) => typedOnly.has(type));

function holdsTypes(tree: SyntaxTree): boolean {
  return typedNodes(tree).length > 0;
}

function otherVotes(scores: readonly [Language, number][], best: number, untried: number): Vote[] {
  return scores
    .filter(([language]) => !isJudged(language))
    .slice(0, 2)
    .map(([language, score]) => ({
      language,
      score,
      error: null,
      merit: (score / best) * lexicalWeight - (loose.has(language) ? untriedCost : untried),
    }));
}

/** Data that other grammars read by chance: `key: value` is Python, `key = value` Ruby. */
const loose = new Set<Language>(['yaml', 'ini', 'makefile', 'dockerfile']);

/** The more lines a judged grammar reads without an error, the less it can be chance. */
function costOfUntried(judged: readonly Vote[], sample: string): number {
  const reads = judged.some(({ error }) => error !== null && error < soundShare);
  return reads ? untriedCost + Math.min(0.3, filledLines(sample) / 200) : untriedCost;
}

/** The winner, unless it has little for itself; sure by its lead and by how well its grammar reads the text. */
function settled([first, second]: readonly Vote[], sample: string): Detected {
  if (first === undefined) return { language: 'unknown', certainty: 0.3 };
  const error = first.error ?? 0;
  const lines = filledLines(sample);
  const weak = first.score < Math.min(strongScore, lines * weakScoreALine);
  if (error > hopelessShare || (weak && (first.error === null || error > sureShare))) {
    return { language: 'unknown', certainty: 0.3 };
  }
  const lead = second === undefined ? 0.5 : Math.min(0.5, first.merit - second.merit);
  const certainty = 0.55 + lead * 0.8 - error * 2;
  return {
    language: first.language,
    certainty: Math.round(Math.min(0.95, Math.max(0.3, certainty)) * 100) / 100,
  };
}

function isJudged(language: Language): boolean {
  return (fullLanguages as readonly string[]).includes(language);
}

function isScript(language: Language): boolean {
  return (scripts as readonly string[]).includes(language);
}

function isJson(sample: string): boolean {
  if (!/^\s*[[{]/.test(sample) || sample.length >= sampleLimit) return false;
  try {
    JSON.parse(sample);
    return true;
  } catch {
    return false;
  }
}

function order(language: Language): number {
  const at = (fullLanguages as readonly string[]).indexOf(language);
  return at < 0 ? fullLanguages.length : at;
}
