import type { AssessmentInput, Sketch } from '../contract.ts';
import { byCodePoint } from '../canonical-json.ts';
import type { ClassAt, FileFacts, FunctionAt } from '../facts.ts';
import type { Intake } from '../intake.ts';
import { ratio, sum } from '../numbers.ts';
import type { GroundingIndex } from '../prose/grounding.ts';
import type { Prose } from '../prose/prose.ts';
import { threshold, type Rubric } from '../rubric.ts';
import { cloneGroups, keysOfLines, type CloneGroup } from './clones.ts';
import { implementersIn } from './implementers.ts';
import { functionsOf } from './functions-of.ts';
import { groundingIndex, placesIn, vocabularyOf } from './grounding-index.ts';
import { dependencyGraph, type DependencyGraph } from './dependencies.ts';
import { isJudged } from '../syntax/languages/tables.ts';
import { laidOutReason } from '../syntax/role-rules.ts';
import { withoutTalkOfConsole } from './console-programs.ts';
import { withoutCopies } from './copies.ts';
import { reachOf } from './reach.ts';
import { namesInTemplates } from './templates.ts';
import { withSourceNames } from './source-names.ts';
import { ownersCalled, type OwnersCalled } from './receivers.ts';
import { withFolderRoles } from './foreign-folders.ts';
import { withoutOwnLoopVariables } from './go-loops.ts';
import { habitualGuards, type Habits } from './habitual-guards.ts';
import { withoutIdleCalls } from './idle-calls.ts';
import { unjudgedCode, type UnjudgedCode } from './left-out.ts';
import { withEmptyComments, withoutRepeats } from './repeated-words.ts';
import { sketchOf } from './sketch.ts';
import { withoutTemplate } from './template.ts';
import { withImplicitBases } from './implicit-bases.ts';
import { linkTests, withoutTestsOf, type TestLinks } from './test-links.ts';
import { usedCode, type UsedCode } from './used-code.ts';

/** Everything the criteria read: the facts of all files put together. */
export interface Submission {
  /** All files with facts, in code-point order of path. */
  files: FileFacts[];
  /** Files that hold the candidate's own code: sources, or the tests when there is nothing else. */
  code: FileFacts[];
  testFiles: FileFacts[];
  /** Code in languages that are not judged. */
  unjudged: UnjudgedCode;
  /** Functions that are judged: own code, tests and trivial ones left out; by name in each file, not by place. */
  functions: FunctionAt[];
  /** Functions that nothing uses: they earn nothing, for the reason that is given. */
  unused: UsedCode['unused'];
  /** Checks of parameters that many functions make, and how far each is a habit: 1 tells nothing of what it checks. */
  habitual: Habits;
  classes: ClassAt[];
  /** How many files mention a name. */
  mentions: ReadonlyMap<string, number>;
  /** How many classes have a name among their bases. */
  implementers: ReadonlyMap<string, number>;
  /** Statements that carry logic, without those of repeated passages: how much there is to judge by. */
  statements: number;
  /** Lines with code. */
  nloc: number;
  /** Logical lines, without those of copied functions and of unused ones. */
  lloc: number;
  dependencies: DependencyGraph;
  clones: CloneGroup[];
  tests: TestLinks;
  /** Whose method a call is, where what it is made on tells. */
  ownersOf: OwnersCalled;
  prose: Prose;
  grounding: GroundingIndex;
  /** Text of a file by path, in lines; empty for what was not given. */
  linesOf: (path: string) => readonly string[];
  commits: Intake['commits'];
  unreadable: readonly string[];
  submissionType: AssessmentInput['submission_type'];
  sketch: Sketch;
}

export interface SubmissionParts {
  intake: Intake;
  facts: readonly FileFacts[];
  templateFacts: readonly FileFacts[];
  prose: Prose;
  submissionType: AssessmentInput['submission_type'];
}

/** Puts the facts of the files together. Pure; order of `facts` does not matter. */
export function buildSubmission(parts: SubmissionParts, rubric: Rubric): Submission {
  const linesOf = lineReader(parts.intake);
  const told = withFolderRoles(withImplicitBases(withSourceNames(parts.facts)), (path) =>
    linesOf(path).slice(0, 40).join('\n'),
  );
  const sound = withoutOwnLoopVariables(told, linesOf);
  const known = withoutTalkOfConsole(withoutIdleCalls(sound, rubric));
  const given = withoutTemplate(known, parts.templateFacts, parts.intake, rubric);
  const files = withoutCopies(given.sort((a, b) => byCodePoint(a.path, b.path)));
  const readable = files.filter(
    (file) => file.errorShare <= threshold(rubric, 'error_share_limit'),
  );
  const judged = readable.filter((file) => isJudged(file.language));
  const sources = judged.filter(isProgram);
  const testFiles = judged.filter((file) => file.role === 'test');
  const own = sources.length > 0 ? sources : testFiles;
  const ownersOf = ownersCalled(readable);
  const tests = linkTests(
    readable,
    functionsOf(own).filter(({ fn }) => !fn.test),
    ownersOf,
  );
  // Copies were taken out of the code; here they are what is looked for.
  const paths = new Set(own.map(({ path }) => path));
  const whole = given.filter(({ path }) => paths.has(path));
  const clones = cloneGroups(whole, rubric);
  const names = groundingIndex(readable, linesOf);
  // What the given code calls is used, too, although that code itself is not judged.
  const program = sources.length > 0 ? known.filter(isProgram) : own;
  const reach = reachOf(program, testFiles, tests.cases, namesElsewhere(known, linesOf));
  const usage = usedCode(own, reach, rubric);
  const { files: used, unused } = usage;
  const counted = withoutTestsOf(tests, unused, functionsOf(used));
  const checkedIn = (code: FileFacts[]) => ({ code, functions: judgedFunctions(code) });
  const habitual = habitualGuards(checkedIn(own), checkedIn(used), rubric);
  // Who explains one pasted file speaks of what is in it.
  const { documents } = parts.prose;
  const isPasted = documents.length > 0 && documents.every(({ source }) => source === 'prose');
  const vocabulary = vocabularyOf(used, { cases: counted.cases, habitual, isPasted }, rubric);
  const grounding = { ...names, vocabulary, places: placesIn(used, linesOf) };
  const code = withEmptyComments(used, grounding, rubric);
  const functions = judgedFunctions(code);
  const instead = new Map(code.map((file) => [file.path, file]));
  return {
    files: files.map((file) => instead.get(file.path) ?? file),
    code,
    testFiles,
    unjudged: unjudgedCode(files),
    functions,
    classes: code.flatMap((file) => file.classes.map((type) => ({ file, type }))),
    mentions: tally(code.flatMap((file) => file.symbols)),
    // `class Meta(Order.Meta)` is made from another class of its own name.
    implementers: tally(implementersIn(code, files)),
    statements: withoutChecks(
      Math.round(
        logicStatements(code, functions) *
          (1 - repeatedShare(ownClones(clones, whole, own), usage)),
      ),
      sum([...habitual.values()]),
      rubric,
    ),
    nloc: sum(code.map((file) => file.nloc)),
    lloc: sum(code.map((file) => file.lloc)),
    dependencies: dependencyGraph(code),
    clones,
    tests: counted,
    ownersOf,
    unused,
    habitual,
    prose: withoutRepeats(parts.prose, grounding, rubric),
    grounding,
    linesOf,
    commits: parts.intake.commits,
    unreadable: parts.intake.unreadable,
    submissionType: parts.submissionType,
    sketch: sketchOf(known, parts.templateFacts),
  };
}

/** Names in what is not judged and uses the code none the less: templates, and files that a framework lays out. */
function namesElsewhere(
  files: readonly FileFacts[],
  linesOf: Submission['linesOf'],
): ReadonlySet<string> {
  const laidOut = files.filter(({ roleReason }) => roleReason === laidOutReason);
  return namesInTemplates(files, linesOf)
    .union(new Set(laidOut.flatMap(({ symbols }) => symbols)))
    .union(new Set(files.flatMap(classesInTexts)));
}

/** `strategy = "com.shop.OrderNumbers"` names a class for a framework that makes it. */
function classesInTexts({ texts }: FileFacts): string[] {
  return texts.flatMap(({ text }) => {
    const name = /^["'](?:\w+[.\\]+)+([A-Z]\w*)["']$/.exec(text)?.[1];
    return name === undefined ? [] : [name];
  });
}

/** The condition and the refusal. */
const statementsOfCheck = 2;

/** Checks made by habit are no larger sample of the work; code that can be judged still can. */
function withoutChecks(statements: number, checks: number, rubric: Rubric): number {
  const least = Math.min(statements, threshold(rubric, 'approach_minimum_statements'));
  return Math.max(least, statements - statementsOfCheck * checks);
}

function isProgram({ language, role, nodes }: FileFacts): boolean {
  return isJudged(language) && role === 'source' && nodes > 0;
}

function judgedFunctions(code: readonly FileFacts[]): FunctionAt[] {
  return code.flatMap((file) =>
    file.functions
      .filter((fn) => !fn.trivial && !fn.test)
      .map((fn): FunctionAt => ({ file, fn }))
      .sort((a, b) => byCodePoint(a.fn.qualifiedName, b.fn.qualifiedName)),
  );
}

/**
 * Statements inside judged functions; a script without functions counts as a whole. Trivial
 * functions and top-level constants add nothing, so padding does not buy belief.
 */
function logicStatements(code: readonly FileFacts[], functions: readonly FunctionAt[]): number {
  if (functions.length > 0) return sum(functions.map(({ fn }) => fn.statements));
  return sum(code.map((file) => file.scriptStatements));
}

/** Clones of which both places are in the code that counts: a copy that was taken out is not in its size either. */
function ownClones(
  clones: readonly CloneGroup[],
  whole: readonly FileFacts[],
  own: readonly FileFacts[],
): CloneGroup[] {
  const kept = new Set(own.flatMap(({ functions }) => functions));
  const copies = Map.groupBy(
    whole.flatMap(({ path, functions }) =>
      functions.filter((fn) => !kept.has(fn)).map((fn) => ({ path, fn })),
    ),
    ({ path }) => path,
  );
  const isCopy = ({ path, startLine, endLine }: CloneGroup['first']): boolean =>
    (copies.get(path) ?? []).some(({ fn }) => fn.startLine <= endLine && startLine <= fn.endLine);
  return clones.filter(({ first, second }) => !isCopy(first) && !isCopy(second));
}

/** Share of the lines that repeat others: pasted code is no larger sample of its author. */
function repeatedShare(clones: readonly CloneGroup[], { files, unused }: UsedCode): number {
  const out = new Map(unused.map(({ file }) => [file.path, new Uint8Array(file.lines + 2)]));
  for (const { file, fn } of unused) out.get(file.path)?.fill(1, fn.startLine, fn.endLine + 1);
  const isUnused = ({ path, startLine, endLine }: CloneGroup['first']): boolean =>
    out.get(path)?.[startLine] === 1 && out.get(path)?.[endLine] === 1;
  // What is left out and repeats what is left out says nothing of the rest.
  const own = clones.filter(({ first, second }) => !isUnused(first) || !isUnused(second));
  const repeated = new Set(own.flatMap(({ second }) => keysOfLines(second)));
  return Math.min(1, ratio(repeated.size, sum(files.map(({ lloc }) => lloc))));
}

/** Lines that are kept at hand, of some files: a line of its own costs several times its text. */
const linesKept = 100_000;

function lineReader(intake: Intake): Submission['linesOf'] {
  const contents = new Map<string, string>([
    ...intake.texts.map(({ name, text }): [string, string] => [name, text]),
    ...intake.files.map(({ path, content }): [string, string] => [path, content]),
  ]);
  const split = new Map<string, readonly string[]>();
  let kept = 0;
  return (path) => {
    const known = split.get(path);
    if (known) return known;
    const lines = contents.get(path)?.split('\n') ?? [];
    kept += lines.length;
    for (const [oldest, { length }] of split) {
      if (kept <= linesKept) break;
      split.delete(oldest);
      kept -= length;
    }
    split.set(path, lines);
    return lines;
  };
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
