import { fullLanguages, type Language } from '../facts.ts';
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
import { sureShare, type Trials } from './trial-parse.ts';

/** A language and how sure that is: 1 when declared or told by the name. */
export interface Detected {
  language: Language;
  certainty: number;
}

/** Characters that vote; more would cost time and change nothing. */
export const sampleLimit = 12_000;
/** Languages that get as far as a trial parse. */
const votersAtMost = 4;
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

/** The three that share one grammar family: which one is told by what the narrower ones cannot read. */
const scripts = ['javascript', 'typescript', 'tsx'] as const;

/** Only Java says it like this; of its other words, most are also those of C# and TypeScript. */
const javaPackage = /^package [a-z]\w*(?:\.\w+)*;\s*$/m;
const typeDeclaration = /\b(?:class|interface|enum|record) \w/;

/** The language that a sample speaks by its markers, its words and how well grammars read it. */
export function byContent(sample: string, trial: Trials): Detected {
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
