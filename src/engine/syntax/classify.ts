import { fullLanguages, type FileRole, type Language } from '../facts.ts';
import { languageByExtension } from './languages/file-names.ts';
import { looksLikeProse } from './languages/lexical-hints.ts';
import { notPrograms } from './languages/unjudged-languages.ts';
import {
  bannerRule,
  generatedHead,
  holdsTests,
  isLaidOut,
  laidOutReason,
  pathRules,
  testRule,
  type Rule,
} from './role-rules.ts';
import { standardDocument } from './standard-texts.ts';

/** What a file is for, and why when it is not source. */
export interface Classified {
  role: FileRole;
  reason: string | null;
}

export interface Candidate {
  path: string;
  text: string;
  language: Language;
  binaryShare: number;
  meanLine: number;
}

/** Lines longer than this on average were not written by a person. */
const packedMean = 300;

/**
 * Role of a file by its name, then by what it says of itself. Folders that may be a build's or the
 * author's own (`out`, `bin`, `vendor`) are decided later, where the other files are known.
 */
export function classify(file: Candidate): Classified {
  if (file.binaryShare > 0.02) return { role: 'binary', reason: 'it holds control characters' };
  const path = file.path.replaceAll('\\', '/');
  const found =
    byRule(pathRules.certain, path) ??
    bySelf(file, path) ??
    byUsualName(path) ??
    byTestWords(file, path);
  return asRead(file, found ?? byContent(file));
}

/** `todo.js` and `crc.py` are programs, though TODO and `.crc` are none; `vite.config.js` says what it is. */
function byUsualName(path: string): Classified | null {
  const found = byRule(pathRules.usual, path);
  const isNamed = found?.role === 'docs' || found?.role === 'config';
  return isNamed &&
    isProgramName(path) &&
    !/(^|\/)\.[^/]*$|\.(config|conf|gradle)\.\w+$|\.(gradle|gemspec|podspec|sbt)$/.test(path)
    ? null
    : found;
}

/** `test.js` beside the code may be its tests, or a program that tests something. */
function byTestWords({ text }: Candidate, path: string): Classified | null {
  const { role, reason } = testRule;
  return testRule.path.test(path) && holdsTests(text) ? { role, reason } : null;
}

function isProgramName(path: string): boolean {
  const extension = /[^/]\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const language = Object.hasOwn(languageByExtension, extension)
    ? languageByExtension[extension]
    : undefined;
  return language !== undefined && byLanguage(language).role === 'source';
}

function byRule(rules: readonly Rule[], path: string): Classified | null {
  const rule = rules.find((one) => one.path.test(path));
  return rule === undefined ? null : { role: rule.role, reason: rule.reason };
}

/** What the beginning of a file says of it. Prose about generators is prose. */
function bySelf(file: Candidate, path: string): Classified | null {
  if (isWords(file.language)) return null;
  const head = file.text.slice(0, 2_000);
  if (generatedHead.words.test(head) && saysGenerated(head, path)) {
    return { role: 'generated', reason: 'a comment in it says that it is generated' };
  }
  if (isLaidOut(path, file.text)) {
    return { role: 'generated', reason: laidOutReason };
  }
  if (/\/[/*][#@] sourceMappingURL=/.test(file.text.slice(-2_000))) {
    return { role: 'generated', reason: 'it refers to a source map' };
  }
  return bannerRule(path, head, file.text)
    ? { role: 'vendored', reason: 'it carries the banner of a published library' }
    : null;
}

function saysGenerated(head: string, path: string): boolean {
  const isTest = byRule(pathRules.usual, path)?.role === 'test';
  return isTest ? generatedHead.strict.test(head) : generatedHead.usual.test(head);
}

function byContent(file: Candidate): Classified {
  // The pictures of a notebook stand in it as lines.
  return file.meanLine > packedMean && file.language !== 'notebook'
    ? { role: 'generated', reason: 'it is generated: its lines are packed' }
    : byLanguage(file.language);
}

/** Documents are those that someone wrote: a licence is a form, a list of numbers is data. */
function asRead(file: Candidate, found: Classified): Classified {
  if (found.role !== 'docs') return found;
  const standard = standardDocument(file.path, file.text);
  if (standard !== null) return { role: 'data', reason: standard };
  if (isGivenText(file.path)) return { role: 'data', reason: 'it is data' };
  const named = /(^|\/)[^/]*\.(txt|log)$|(^|\/)[^./]+$|(^|\/)\.[^/]+$/i.test(file.path);
  const isProse = looksLikeProse(file.text.slice(0, 12_000)) !== null;
  return named && !isProse && !/readme/i.test(file.path)
    ? { role: 'data', reason: 'it is not prose' }
    : found;
}

/** Plain text beside a program is what it reads or writes, unless its name or its folder says that it is a document. */
function isGivenText(path: string): boolean {
  return (
    /\.txt$/i.test(path) &&
    !/(^|\/)docs?\//i.test(path) &&
    !/(^|[^a-z])(read_?me|notes?|change_?log|changes|history|news|design|architecture|explanations?|answers?|approach|solutions?|comments?|todo|install|usage|reports?|documentation|docs?|manual|how_?to|about|contributing|decisions?|thoughts?|reflections?|overview|description|summary|instructions?|faq|guide|analysis|discussion|review|license|copying|authors)([^a-z]|$)/i.test(
      path.slice(path.lastIndexOf('/') + 1),
    )
  );
}

function isWords(language: Language): boolean {
  return language === 'markdown' || language === 'text';
}

function byLanguage(language: Language): Classified {
  if (isWords(language)) return { role: 'docs', reason: 'it is prose' };
  if ((fullLanguages as readonly string[]).includes(language))
    return { role: 'source', reason: null };
  const kind = notPrograms[language];
  if (kind !== undefined) return kind;
  if (language === 'unknown') return { role: 'data', reason: 'its language is not known' };
  return { role: 'source', reason: null };
}
