import type { FileFacts, FunctionAt } from '../facts.ts';
import { ruleSet, threshold, type Rubric } from '../rubric.ts';
import { wordsOfLiteral } from '../syntax/literal-words.ts';
import type { TestCaseAt, TestLinks } from './test-links.ts';

/**
 * Notes on tests that could have been written without knowing what the code does. Whether `f(1)` is 42 can't be told
 * without running it; but whoever knows writes something of it down. A test shows that
 * - by two literals with a part in common, as what goes in and what comes out of it;
 * - by a word or a number of the code's own literals, a member that the code has, an error that it raises;
 * - by using three functions together, or two of which one gives back what the other was given, as no other test does;
 * - or by a table of many cases that are about nothing else.
 */
export function noteKnowledge(
  { cases, byName }: TestLinks,
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
  rubric: Rubric,
): void {
  const counting = cases.filter(({ verdict }) => verdict === 'counts');
  if (counting.length === 0) return;
  const { speaksOf, raises } = tiesToCode(files, functions, rubric);
  const isTogether = together(counting, threshold(rubric, 'test_functions_together'));
  const inTables = namesWithTables(byName, counting, threshold(rubric, 'test_table_literals'));
  for (const one of counting) {
    const knows =
      hasPartsInCommon(textsOf(one)) ||
      speaksOf(one) ||
      isTogether(one) ||
      one.subjects.some((name) => inTables.has(name));
    if (!knows) one.knowledge = raises(one) ? 'guessable' : 'none';
  }
}

/** What a test counts for by what it shows of the code. */
export function creditOf({ knowledge }: TestCaseAt, rubric: Rubric): number {
  if (knowledge === undefined) return 1;
  return threshold(rubric, knowledge === 'none' ? 'blind_test_credit' : 'guessable_test_credit');
}

const literalsOf = ({ test }: TestCaseAt): string[] => [...test.literals, ...(test.tables ?? [])];

/** Strings of a test without their marks; messages to whoever reads a failure are sentences. */
function textsOf(one: TestCaseAt): string[] {
  const texts = literalsOf(one)
    .filter((literal) => /["'`]/.test(literal))
    .map((literal) => literal.replaceAll(/^[^"'`]*["'`]+|["'`]+$/g, '').toLowerCase())
    .filter((text) => text.length >= inCommon && text.split(/\s+/).length < sentence);
  return [...new Set(texts)];
}

/** Characters that two texts have in common; words from which on a text is a message. */
const inCommon = 3;
const sentence = 4;

/** `'foo-bar'` and `'fooBar'`, but not one text twice. */
function hasPartsInCommon(texts: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const text of texts) {
    const parts = new Set(
      Array.from({ length: text.length - inCommon + 1 }, (_, at) => text.slice(at, at + inCommon)),
    );
    for (const part of parts) if (seen.has(part)) return true;
    for (const part of parts) seen.add(part);
  }
  return false;
}

const isError = (name: string): boolean => /(Error|Exception)$/.test(name);

/** What of a test the code itself says: words and members, and errors that what it calls raises. */
function tiesToCode(
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
  rubric: Rubric,
): Record<'speaksOf' | 'raises', (one: TestCaseAt) => boolean> {
  const usual = ruleSet(rubric, 'usual_test_words');
  const sources = files.filter(({ role }) => role === 'source');
  const words = new Set(sources.flatMap(({ literalWords = [] }) => literalWords));
  const symbols = new Set(sources.flatMap((file) => file.symbols));
  const declared = new Set(sources.flatMap(({ classes }) => classes.map(({ name }) => name)));
  const byName = Map.groupBy(functions, ({ fn }) => fn.name);
  const isOwn = (member: string): boolean =>
    isError(member)
      ? declared.has(member)
      : symbols.has(member) && member.length > 2 && !usual.has(member.toLowerCase());
  return {
    speaksOf: (one) =>
      (one.test.members ?? []).some(isOwn) ||
      literalsOf(one).some((literal) =>
        wordsOfLiteral(literal).some((word) => words.has(word) && !usual.has(word)),
      ),
    raises: ({ subjects, test }) =>
      (test.members ?? []).some(
        (member) =>
          isError(member) &&
          subjects.some((name) =>
            (byName.get(name) ?? []).some(({ fn }) => fn.mentions.includes(member)),
          ),
      ),
  };
}

/** Uses several functions together, and no template made it: those leave tests of one frame about different functions. */
function together(counting: readonly TestCaseAt[], least: number): (one: TestCaseAt) => boolean {
  const frames = Map.groupBy(counting, ({ test }) => test.frame);
  const made = new Set(
    [...frames].flatMap(([frame, list]) =>
      new Set(list.map(({ subjects }) => subjects.join(' '))).size >= template ? [frame] : [],
    ),
  );
  return (one) => {
    const size = one.subjects.length;
    return (size >= least || (size > 1 && comesBack(one))) && !made.has(one.test.frame);
  };
}

/** One literal twice: what one function is given, another gives back. */
function comesBack({ test: { literals } }: TestCaseAt): boolean {
  const telling = literals.filter((literal) => literal.length >= inCommon);
  return new Set(telling).size < telling.length;
}

/** Different functions whose tests have one frame. */
const template = 3;

/** Names that are tested with many literals, or few in many cases, which are not written down for each function alike. */
function namesWithTables(
  byName: ReadonlyMap<string, readonly TestCaseAt[]>,
  counting: readonly TestCaseAt[],
  least: number,
): Set<string> {
  const about = new Map<string, Set<string>>();
  for (const one of counting)
    for (const literal of literalsOf(one))
      about.set(literal, (about.get(literal) ?? new Set()).add(one.subjects.join(' ')));
  const isOwn = (literal: string): boolean => (about.get(literal)?.size ?? 0) < template;
  const hasTable = (list: readonly TestCaseAt[]): boolean => {
    const own = list.flatMap(literalsOf).filter(isOwn);
    const different = new Set(own).size;
    return different >= least || (different * 2 >= least && own.length >= least * 2);
  };
  return new Set([...byName].flatMap(([name, list]) => (hasTable(list) ? [name] : [])));
}
