import type { FileFacts } from '../facts.ts';
import { classFacts } from './classes.ts';
import { classify } from './classify.ts';
import { commentFlags, findComments } from './comments.ts';
import { betterLanguage, detectLanguage, type DetectedByTrial } from './detect-language.ts';
import { embeddedCode, mayEmbed, type EmbeddedCode } from './embedded-code.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { foldersLoaded } from './folders-loaded.ts';
import { functionFacts, type Analysis } from './functions.ts';
import type { Grammars } from './grammars.ts';
import { identifierFacts, symbolsOf } from './identifiers.ts';
import { importFacts } from './imports.ts';
import { languageTables } from './languages/tables.ts';
import { codeLines, lineUseOf } from './lines.ts';
import { mountsOf } from './mounts.ts';
import { loopDepths, loopFlags } from './loops.ts';
import { mentionsOf } from './mentions.ts';
import { normalise } from './normalise.ts';
import { offeredByDefault } from './offered-by-default.ts';
import { errorShareOf, parseSource } from './parse.ts';
import { findPatterns, noPatterns } from './patterns/find-patterns.ts';
import { handedBy } from './patterns/test-setup.ts';
import { isProgram } from './patterns/hygiene.ts';
import { findTests } from './patterns/tests.ts';
import { assertingFunctions } from './patterns/unusual-tests.ts';
import { emptyLoad, readingLoads } from './reading-load.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { prototypesOf } from './prototypes.ts';
import { routesOf } from './routes.ts';
import { scriptStatementsOf } from './script-statements.ts';
import { numbersBeside } from './numbers-beside.ts';
import { textsOf } from './texts.ts';
import { findUnits } from './units.ts';
import { valueTypes } from './value-types.ts';

/** One file as it was submitted. */
export interface SourceFile {
  path: string;
  content: string;
  /** Declared by the submitter. */
  language?: string | undefined;
}

/**
 * Everything that syntax says about one file. Pure and deterministic; time and memory are linear in
 * the file, which is cut at 1 MiB and 400,000 nodes.
 * @throws WasmAborted when the parser died: the thread has to be replaced
 */
export function extractFileFacts(file: SourceFile, grammars: Grammars): FileFacts {
  const { text, truncated, hidden, binaryShare } = normalise(file.content);
  const binary = binaryShare > 0.02;
  const detected: DetectedByTrial = binary
    ? { language: 'unknown', certainty: 1, tree: null }
    : detectLanguage({ path: file.path, text, language: file.language }, grammars);
  const size = lineSizes(text);
  const { role, reason } = classify({
    path: file.path,
    text,
    binaryShare,
    meanLine: size.meanLine,
    language: detected.language,
  });
  const facts: FileFacts = {
    ...emptyFacts,
    path: file.path,
    language: detected.language,
    languageCertainty: detected.certainty,
    role,
    roleReason: reason,
    truncated,
    hiddenCharacters: hidden,
    ...size,
  };
  // Bytes, lock files and third-party code are not judged, so they are not parsed either.
  if (role === 'binary' || role === 'lock' || role === 'vendored') return facts;
  const part = embeddedCode(text, detected.language);
  if (part === null && mayEmbed(detected.language)) return { ...facts, ...withoutCode };
  return parsedFacts(facts, part ?? { text, ...detected }, grammars);
}

/** The facts of a text, or of the part of it that is code. @param code with its tree, when a trial has parsed it */
function parsedFacts(
  facts: FileFacts,
  code: EmbeddedCode & { tree?: SyntaxTree | null },
  grammars: Grammars,
): FileFacts {
  if (grammars.parser(code.language) === null) return facts;
  const told = { tree: null, ...code, certainty: facts.languageCertainty };
  const { tree, language, certainty } = parseBest(code.text, told, grammars);
  if (tree === null) return { ...facts, truncated: true, errorShare: 1 };
  const parsed: FileFacts = {
    ...facts,
    language,
    languageCertainty: certainty,
    nodes: tree.size,
    errorShare: round(errorShareOf(tree)),
    truncated: facts.truncated || tree.truncated,
  };
  return { ...parsed, ...syntaxFacts(tree, parsed) };
}

/** Markup alone, or cells in a language that is not judged. */
const withoutCode = { role: 'data', roleReason: 'it holds no code that can be read' } as const;

/** Parses in the told language; when that plainly does not fit, in the one that the content speaks. */
function parseBest(text: string, told: DetectedByTrial, grammars: Grammars): DetectedByTrial {
  const parsed = (by: DetectedByTrial): DetectedByTrial => ({
    ...by,
    // A trial may have read a part only, or with something around it.
    tree: by.tree?.written === text ? by.tree : parseSource(text, by.language, grammars),
  });
  const first = parsed(told);
  const { tree } = first;
  if (tree === null) return first;
  const errorShare = errorShareOf(tree);
  const better = betterLanguage(text, { ...told, tree, errorShare }, grammars);
  return better === null ? first : parsed(better);
}

function syntaxFacts(tree: SyntaxTree, file: FileFacts): Partial<FileFacts> {
  const comments = findComments(tree);
  const said = commentFlags(tree, comments);
  const lines = lineUseOf(tree, file.lines, said);
  const counts = {
    nloc: codeLines(lines, 1, file.lines),
    commentLines: lines.commentLines,
    statements: lines.statementCount,
  };
  const commentFacts = comments.map(({ node: _node, next: _next, ...facts }) => facts);
  if (!Object.hasOwn(languageTables, file.language)) return { ...counts, comments: commentFacts };
  const units = findUnits(tree, file.path);
  const scriptStatements = scriptStatementsOf(tree, units, lines.statements);
  const { loads, logical } = readingLoads(tree, units, lines, said);
  const loops = loopFlags(tree);
  const loopDepth = loopDepths(tree, units.of, loops);
  const base = { tree, units, comments, lines, loads, logical, loops, loopDepth };
  const tests = findTests(base, file);
  const analysis: Analysis = { ...base, testUnits: tests.units };
  const mentions = mentionsOf(tree, units);
  const functions = functionFacts(analysis, mentions.units);
  const identifiers = identifierFacts(tree, units, logical);
  const prototypes = prototypesOf(tree, comments);
  return {
    ...counts,
    lloc: logical.list.length,
    logicalLines: logical.list,
    scriptStatements,
    load: loads.at(-1) ?? emptyLoad,
    functions,
    topLevel: mentions.topLevel,
    classes: classFacts(analysis),
    imports: importFacts(tree),
    routes: routesOf(tree, units),
    mounts: mountsOf(tree),
    foldersLoaded: foldersLoaded(tree),
    ...(file.role === 'source' && isProgram({ tree }) ? { console: true } : {}),
    ...offeredByDefault(tree, functions, mentions.topLevel, file.path),
    ...(prototypes.length === 0 ? {} : { prototypes }),
    identifiers,
    valueTypes: valueTypes(tree),
    comments: commentFacts,
    tests: tests.cases,
    asserting: assertingFunctions(tree, units),
    ...(file.role === 'test' ? { handedBy: handedBy(tree, units) } : {}),
    ...(tests.doubles.length === 0 ? {} : { doubles: tests.doubles }),
    fingerprints: fingerprintsOf(tree, units, logical),
    symbols: symbolsOf(tree),
    texts: textsOf(tree),
    numbers: numbersBeside(tree),
    ...(file.role === 'generated' ? noPatterns : findPatterns(analysis, { ...file, identifiers })),
  };
}

const emptyFacts: FileFacts = {
  path: '',
  language: 'unknown',
  languageCertainty: 0,
  role: 'source',
  roleReason: null,
  lines: 0,
  nloc: 0,
  lloc: 0,
  logicalLines: [],
  copiedLines: 0,
  commentLines: 0,
  statements: 0,
  scriptStatements: 0,
  load: emptyLoad,
  nodes: 0,
  errorShare: 0,
  truncated: false,
  functions: [],
  topLevel: [],
  classes: [],
  imports: [],
  identifiers: [],
  comments: [],
  fallible: [],
  handlers: [],
  guards: [],
  smells: [],
  tests: [],
  asserting: [],
  idioms: [],
  fingerprints: [],
  symbols: [],
  texts: [],
  numbers: [],
  longestLine: 0,
  meanLine: 0,
  hiddenCharacters: [],
};

function lineSizes(text: string): { lines: number; longestLine: number; meanLine: number } {
  let [lines, filled, sum, longestLine] = [0, 0, 0, 0];
  for (let start = 0; start <= text.length; lines += 1) {
    const next = text.indexOf('\n', start);
    const stop = next < 0 ? text.length : next;
    const length = stop - start;
    longestLine = Math.max(longestLine, length);
    if (length > 0 && text.slice(start, stop).trim() !== '') {
      filled += 1;
      sum += length;
    }
    start = stop + 1;
  }
  lines -= Number(text.endsWith('\n') || text === '');
  return { lines, longestLine, meanLine: filled === 0 ? 0 : round(sum / filled) };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
