import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { HandlerFacts } from '../pattern-facts.ts';
import { withoutRanges } from './template.ts';

/** Characters of a function that can be told to be a copy. */
const shortest = 40;

/**
 * Takes copied functions away, all but the first: pasting good code twenty times is no larger sample of
 * it. What is wrong in a copy stays, and so do its fingerprints, by which duplication is found.
 */
export function withoutCopies(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): FileFacts[] {
  const shapes = shapesOf(files, linesOf);
  const first = firstByName(files, shapes);
  return files.map((file) => {
    if (file.role !== 'source') return file;
    const copies = file.functions.filter((fn) => {
      const shape = shapes.get(fn) ?? '';
      return shape.length >= shortest && first.get(shape) !== nameOf(file, fn);
    });
    if (copies.length === 0) return file;
    const rest = withoutRanges(file, copies);
    const copied = copies.reduce((sum, { nloc }) => sum + nloc, 0);
    const drops = ({ kind }: HandlerFacts): boolean => kind === 'empty' || kind === 'log_only';
    return {
      ...rest,
      // Their lines are no room in which faults are rarer.
      nloc: Math.max(0, file.nloc - copied),
      copiedLines: copied,
      smells: file.smells,
      fingerprints: file.fingerprints,
      handlers: file.handlers.filter((one) => drops(one) || rest.handlers.includes(one)),
      fallible: file.fallible.filter((one) => one.guard === 'none' || rest.fallible.includes(one)),
    };
  });
}

/** Accessors have none, which are alike by their nature. */
function shapesOf(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): Map<FunctionFacts, string> {
  const shapes = new Map<FunctionFacts, string>();
  for (const file of files) {
    if (file.role !== 'source') continue;
    const lines = linesOf(file.path);
    for (const fn of file.functions) if (!fn.trivial) shapes.set(fn, shapeOf(fn, lines));
  }
  return shapes;
}

/** The copy that stays: told by its name, so that the order of functions in a file does not matter. */
function firstByName(
  files: readonly FileFacts[],
  shapes: ReadonlyMap<FunctionFacts, string>,
): Map<string, string> {
  const first = new Map<string, string>();
  for (const file of files) {
    for (const fn of file.functions) {
      const shape = shapes.get(fn);
      if (shape === undefined) continue;
      const name = nameOf(file, fn);
      const known = first.get(shape);
      if (known === undefined || name < known) first.set(shape, name);
    }
  }
  return first;
}

function nameOf(file: FileFacts, { qualifiedName, startLine }: FunctionFacts): string {
  return `${qualifiedName} ${file.path} ${String(startLine).padStart(9, '0')}`;
}

/** A function's text without layout, comments on lines of their own, numbers and its own name; of a giant, its beginning. */
function shapeOf({ name, startLine, endLine }: FunctionFacts, lines: readonly string[]): string {
  const text = lines.slice(startLine - 1, Math.min(endLine, startLine + 200)).join('\n');
  return text
    .slice(0, 8_000)
    .replaceAll(/^[ \t]*(?:\/\/|#(?!include)).*$/gm, '')
    .replaceAll(name, '')
    .replaceAll(/[\s\d]+/g, '');
}
