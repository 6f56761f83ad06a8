import type { FileFacts, FunctionFacts } from '../facts.ts';
import { pushTo } from '../multimap.ts';

/** Functions around one, of which more are not looked at. */
const deepest = 5;

/** Each function of a file with those that it stands in, the innermost last. */
export function functionsAround({ functions }: FileFacts): [FunctionFacts, FunctionFacts[]][] {
  const open: FunctionFacts[] = [];
  return functions
    .toSorted((a, b) => a.from - b.from || b.to - a.to)
    .map((fn) => {
      while ((open.at(-1)?.to ?? Infinity) < fn.to) open.pop();
      const around = open.slice(-deepest);
      open.push(fn);
      return [fn, around];
    });
}

/** Functions that others stand in, with those: what they call, it calls or hands to somebody who does. */
export function nestedIn(files: readonly FileFacts[]): Map<FunctionFacts, FunctionFacts[]> {
  const found = new Map<FunctionFacts, FunctionFacts[]>();
  for (const [fn, around] of files.flatMap(functionsAround))
    for (const outer of around) pushTo(found, outer, fn);
  return found;
}
