import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import type { Intake } from '../intake.ts';
import { ratio } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';

/**
 * Takes away what the candidate was given: a file whose text or most of whose fingerprints are in
 * the template is none of theirs; in the others, so are the functions that are.
 */
export function withoutTemplate(
  facts: readonly FileFacts[],
  templates: readonly FileFacts[],
  intake: Intake,
  rubric: Rubric,
): FileFacts[] {
  if (intake.templates.length === 0) return [...facts];
  const givenTexts = new Set(intake.templates.map(({ content }) => content));
  const textOf = new Map(intake.files.map(({ path, content }) => [path, content]));
  const given = new Set(templates.flatMap((file) => file.fingerprints.map(({ hash }) => hash)));
  const small = new Set(templates.flatMap((file) => file.functions.filter(isNamed).map(unchanged)));
  const limit = threshold(rubric, 'template_share');
  return facts.map((file) => {
    const same = givenTexts.has(textOf.get(file.path) ?? '');
    if (same || givenShare(file, given, file) > limit) {
      return { ...file, role: 'template', roleReason: 'given to the candidate' };
    }
    const ranges = file.functions.filter(
      (fn) => (isNamed(fn) && small.has(unchanged(fn))) || givenShare(file, given, fn) > limit,
    );
    return ranges.length === 0 ? file : withoutRanges(file, ranges);
  });
}

function isNamed({ kind }: FunctionFacts): boolean {
  return kind !== 'closure';
}

/** A function is too small for fingerprints as often as not; given is one of the same name and shape. */
function unchanged({ qualifiedName, shape, statements }: FunctionFacts): string {
  return `${qualifiedName} ${shape} ${statements}`;
}

function givenShare(
  file: FileFacts,
  given: ReadonlySet<number>,
  range: LineRange | FileFacts,
): number {
  const inside =
    'startLine' in range
      ? file.fingerprints.filter((print) => within(print, range))
      : file.fingerprints;
  return ratio(inside.filter(({ hash }) => given.has(hash)).length, inside.length);
}

/** A file without what stands in some ranges of its lines. */
export function withoutRanges(file: FileFacts, ranges: readonly LineRange[]): FileFacts {
  const taken = new Set<number>();
  for (const { startLine, endLine } of ranges)
    for (let line = startLine; line <= endLine; line += 1) taken.add(line);
  const own = (item: { line: number } | LineRange): boolean => {
    if ('line' in item) return !taken.has(item.line);
    return !(taken.has(item.startLine) && taken.has(item.endLine));
  };
  return {
    ...file,
    functions: file.functions.filter(own),
    identifiers: file.identifiers.filter(own),
    comments: file.comments.filter(own),
    fallible: file.fallible.filter(own),
    handlers: file.handlers.filter(own),
    guards: file.guards.filter(own),
    smells: file.smells.filter(own),
    tests: file.tests.filter(own),
    idioms: file.idioms.filter(own),
    fingerprints: file.fingerprints.filter(own),
    texts: file.texts.filter(own),
    numbers: file.numbers.filter(own),
  };
}

function within(inner: LineRange, outer: LineRange): boolean {
  return inner.startLine >= outer.startLine && inner.endLine <= outer.endLine;
}
