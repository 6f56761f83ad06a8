import type { FileFacts, FunctionFacts } from '../facts.ts';
import type { HandlerFacts } from '../pattern-facts.ts';
import { withoutRanges } from './template.ts';

/** Tokens of a function that can be told to be a copy. */
const shortest = 10;

/**
 * Takes copied functions away, all but the first: pasting good code twenty times is no larger sample of
 * it. What is wrong in a copy stays, and so do its fingerprints, by which duplication is found.
 */
export function withoutCopies(files: readonly FileFacts[]): FileFacts[] {
  const first = firstByName(files);
  return files.map((file) => {
    if (file.role !== 'source') return file;
    const copies = file.functions.filter(
      (fn) => mayBeCopy(fn) && first.get(textOf(fn)) !== nameOf(file, fn),
    );
    if (copies.length === 0) return file;
    const rest = withoutRanges(file, copies);
    const copied = copies.reduce((sum, { lloc }) => sum + lloc, 0);
    const drops = ({ kind }: HandlerFacts): boolean => kind === 'empty' || kind === 'log_only';
    return {
      ...rest,
      // Their lines are no room in which faults are rarer.
      lloc: Math.max(0, file.lloc - copied),
      copiedLines: copied,
      smells: file.smells,
      fingerprints: file.fingerprints,
      handlers: file.handlers.filter((one) => drops(one) || rest.handlers.includes(one)),
      fallible: file.fallible.filter((one) => one.guard === 'none' || rest.fallible.includes(one)),
    };
  });
}

/** Accessors are alike by their nature. */
function mayBeCopy({ trivial, load }: FunctionFacts): boolean {
  return !trivial && load.tokens >= shortest;
}

/** The copy that stays: told by its name, so that the order of functions in a file does not matter. */
function firstByName(files: readonly FileFacts[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const file of files) {
    if (file.role !== 'source') continue;
    for (const fn of file.functions) {
      if (!mayBeCopy(fn)) continue;
      const name = nameOf(file, fn);
      const known = first.get(textOf(fn));
      if (known === undefined || name < known) first.set(textOf(fn), name);
    }
  }
  return first;
}

function textOf({ shape, wording }: FunctionFacts): string {
  return `${shape} ${wording}`;
}

function nameOf(file: FileFacts, { qualifiedName, startLine }: FunctionFacts): string {
  return `${qualifiedName} ${file.path} ${String(startLine).padStart(9, '0')}`;
}
