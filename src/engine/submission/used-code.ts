import type { ClassFacts, FileFacts, FunctionAt, FunctionFacts } from '../facts.ts';
import type { HandlerFacts } from '../pattern-facts.ts';
import { ratio, sum } from '../numbers.ts';
import type { Rubric } from '../rubric.ts';
import { seriesOf } from './belonging.ts';
import { contentsOf } from './earnings.ts';
import { functionsAround } from './nested-functions.ts';
import { passingOn } from './pass-on.ts';
import { withoutRanges } from './template.ts';
import type { Reach } from './reach.ts';
import { chosen, reasons } from './what-counts.ts';

export interface Unused extends FunctionAt {
  reason: string;
  /** Nothing in a program leads to it, or it is nobody else's business in a library: it could go. */
  dead: boolean;
  /** What it holds that could have earned something. */
  guards: number;
  fallible: number;
}

export interface UsedCode {
  /** The files without what nothing uses; what is wrong in that stays. */
  files: FileFacts[];
  /** Functions that earn nothing, and why, in a clause that follows their name. */
  unused: Unused[];
}

/**
 * Takes away what nobody uses, so that it neither earns nor pads an average. What is used depends on what was
 * handed in:
 * - a program, whose start (or whose tests) leads to most of the code that hangs together: what that leads to;
 * - a library, which nothing in the submission starts: what it offers to others, as far as it hangs together. An
 *   honest library loses nothing by that, and helpers that were put in beside it are left out;
 * - a collection of functions that have nothing to do with one another: all of them.
 * Of functions that nothing in the submission calls, each shape counts once. What is left out leaves both sides of
 * every share, so that a library is judged by the part that is known to be used as it would be by the whole.
 */
export function usedCode(code: readonly FileFacts[], reach: Reach, rubric: Rubric): UsedCode {
  const all = code.flatMap((file) =>
    file.functions.filter(({ test }) => !test).map((fn): FunctionAt => ({ file, fn })),
  );
  const isEntered = (fn: FunctionFacts): boolean =>
    reach.entered.has(fn) && !reach.calledBack.has(fn);
  const shapes = firstOfShape(all, isEntered, reach);
  const { counts: isChosen, reason } = chosen(code, all, reach, rubric);
  const around = new Map(code.flatMap(functionsAround));
  // What is written in a function goes where that goes, and what is written in place where it is led to.
  const counts = (fn: FunctionFacts): boolean => {
    if (isChosen(fn)) return true;
    const outer = around.get(fn) ?? [];
    const isLedTo = reach.offered.has(fn);
    if (outer.length === 0) return fn.kind === 'closure' && isLedTo;
    return (fn.kind === 'closure' || isLedTo) && outer.some(isChosen);
  };
  const passes = passingOn(all, rubric);
  const secondName = (fn: FunctionFacts) =>
    reach.entered.has(fn) || reach.named.has(fn.name) || isWrittenInPlace(fn) ? null : passes(fn);
  const whyNot = (fn: FunctionFacts): string => {
    const second = secondName(fn);
    if (second !== null) return reasons[second];
    if (counts(fn)) return reasons.shape;
    if (reach.started.has(fn)) return reasons.series;
    return reach.entered.has(fn) ? reasons.tested : (reason ?? reasons.library);
  };
  const isDead = deadIn(reason, reach);
  const unused = all.flatMap(({ file, fn }): Unused[] => {
    const first = isEntered(fn) || shapes.has(fn) || fn.trivial || isWrittenInPlace(fn);
    if (counts(fn) && first && secondName(fn) === null) return [];
    return [
      {
        file,
        fn,
        ...contentsOf(file, fn),
        reason: whyNot(fn),
        dead: whyNot(fn) !== reasons.series && isDead({ file, fn }),
      },
    ];
  });
  const out = withNested(code, unused);
  const used = all.filter(({ fn }) => !out.has(fn));
  const names = namesUsed(code, used);
  const hard = harderThan(used);
  const files = code.map((file) => {
    const here = file.functions.filter((fn) => out.has(fn));
    const classes = reason === null ? [] : file.classes.filter((type) => !names.has(type.name));
    const rest = here.length + classes.length === 0 ? file : without(file, here, classes, hard);
    return withUsedChecks(rest, names);
  });
  return { files: files.filter((file, at) => file === code[at] || holdsAnything(file)), unused };
}

/** Functions that nothing uses, with what is written in them and goes where they go. */
function withNested(code: readonly FileFacts[], unused: readonly Unused[]): Set<FunctionFacts> {
  const out = new Set(unused.map(({ fn }) => fn));
  if (out.size === 0) return out;
  for (const [fn, around] of code.flatMap(functionsAround))
    if (fn.kind === 'closure' && around.some((outer) => out.has(outer))) out.add(fn);
  return out;
}

/** Where `public` is written on everything, it offers nothing to others than the program. */
const publicByCustom = new Set(['java', 'csharp', 'cpp']);

/** Checks that are declared in what nobody names are made by nobody. */
function withUsedChecks(file: FileFacts, names: ReadonlySet<string>): FileFacts {
  const guards = file.guards.filter(
    ({ declaredIn = '' }) =>
      declaredIn === '' || names.has(declaredIn) || isFunction(file, declaredIn),
  );
  return guards.length === file.guards.length ? file : { ...file, guards };
}

function isFunction({ functions }: FileFacts, name: string): boolean {
  return functions.some((fn) => fn.name === name);
}

/** Of what nothing uses, that which nobody else can use or call back either. */
function deadIn(reason: string | null, { foreign }: Reach): (at: FunctionAt) => boolean {
  return ({ file, fn }) => {
    const isCallable = fn.kind === 'function' || fn.kind === 'method';
    // What stands in an object goes where that goes.
    if (!isCallable || fn.inObject === true || fn.entry !== null || !/^[#$@\w]/.test(fn.name))
      return false;
    if (fn.owner !== null && (foreign.has(fn.owner) || isAccessor(fn))) return false;
    return !fn.public || (reason === reasons.program && publicByCustom.has(file.language));
  };
}

/** Frameworks read and fill objects through these, by reflection. */
function isAccessor({ name, statements }: FunctionFacts): boolean {
  return statements <= 1 && /^(get|set|is)[A-Z]\w*$/.test(name);
}

/** Handed over where it stands: a closure, or a method of a type without a name (`new ActionListener() { … }`). */
function isWrittenInPlace({ kind, owner }: FunctionFacts): boolean {
  return kind === 'closure' || owner === '(anonymous)';
}

/** A file with nothing used in it is none of the files that are counted, unless something in it is wrong. */
function holdsAnything({
  functions,
  classes,
  topLevel,
  smells,
  handlers,
  fallible,
}: FileFacts): boolean {
  return (
    functions.length + classes.length + smells.length + handlers.length + fallible.length > 0 ||
    topLevel.some(({ runs, exports, names }) => runs || (exports && names.length > 0))
  );
}

/** Of functions of one shape that are only offered, the first by name: their order in a file must not matter. */
function firstOfShape(
  all: readonly FunctionAt[],
  isEntered: (fn: FunctionFacts) => boolean,
  { named, calledBack }: Reach,
): Set<FunctionFacts> {
  const first = new Map<number | FunctionFacts, FunctionAt>();
  const series = seriesOf(calledBack);
  for (const at of all) {
    if (isEntered(at.fn)) continue;
    if (named.has(at.fn.kind === 'constructor' ? (at.fn.owner ?? '') : at.fn.name)) {
      first.set(at.fn, at);
      continue;
    }
    if (calledBack.has(at.fn) && series.has(at.fn.shape)) continue;
    const known = first.get(at.fn.shape);
    if (!known || nameOf(at) < nameOf(known)) first.set(at.fn.shape, at);
  }
  return new Set([...first.values()].map(({ fn }) => fn));
}

function nameOf({ file, fn }: FunctionAt): string {
  return `${fn.qualifiedName} ${file.path}`;
}

/** Names that the used functions name, their own types included, and what those types name in turn. */
function namesUsed(code: readonly FileFacts[], used: readonly FunctionAt[]): Set<string> {
  const names = new Set<string>();
  const waiting: string[] = [];
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    waiting.push(name);
  };
  const holders = code.flatMap((file) => file.topLevel);
  for (const { fn } of used)
    [...fn.mentions, ...(fn.owner === null ? [] : [fn.owner])].forEach(add);
  for (const { runs, exports, mentions } of holders) if (runs || exports) mentions.forEach(add);
  const byName = new Map<string, string[]>();
  for (const { names: declared, mentions } of holders)
    for (const name of declared) byName.set(name, [...(byName.get(name) ?? []), ...mentions]);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
    byName.get(name)?.forEach(add);
  return names;
}

/**
 * What nobody calls is left out of an average only where that does not raise it: hiding a function that nobody can
 * follow from whoever reads the calls must not pay.
 */
function harderThan(used: readonly FunctionAt[]): (fn: FunctionFacts) => boolean {
  const judged = used.filter(({ fn }) => !fn.trivial);
  const load = ratio(
    sum(judged.map(({ fn }) => fn.cognitive * fn.lloc)),
    sum(judged.map(({ fn }) => fn.lloc)),
  );
  return (fn) => fn.cognitive > Math.max(load, hardAtAll);
}

/** Cognitive complexity below which no function costs anything worth speaking of. */
const hardAtAll = 8;

function without(
  file: FileFacts,
  unused: readonly FunctionFacts[],
  classes: readonly ClassFacts[],
  hard: (fn: FunctionFacts) => boolean,
): FileFacts {
  const ranges = [...unused, ...classes].map(({ doc, startLine, endLine }) => ({
    startLine: doc === null ? startLine : Math.min(doc.startLine, startLine),
    endLine,
  }));
  const rest = withoutRanges(file, ranges);
  const kept = { handlers: new Set(rest.handlers), fallible: new Set(rest.fallible) };
  const gone = new Set(unused);
  const dropped = unused.filter((fn) => !hard(fn));
  const wrong = ({ kind }: HandlerFacts): boolean => kind === 'empty' || kind === 'log_only';
  return {
    ...rest,
    functions: file.functions.filter((fn) => !gone.has(fn) || hard(fn)),
    classes: file.classes.filter((type) => !classes.includes(type)),
    // Their lines are no room in which faults are rarer.
    lloc: Math.max(0, file.lloc - outermostLines(dropped)),
    smells: file.smells,
    fingerprints: file.fingerprints,
    tests: file.tests,
    handlers: file.handlers.filter((one) => wrong(one) || kept.handlers.has(one)),
    fallible: file.fallible.filter((one) => one.guard === 'none' || kept.fallible.has(one)),
  };
}

/** Logical lines of functions, those inside of one another once. */
function outermostLines(functions: readonly FunctionFacts[]): number {
  let end = 0;
  let lines = 0;
  for (const fn of functions.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (fn.to <= end) continue;
    end = fn.to;
    lines += fn.lloc;
  }
  return lines;
}
