import type { FileFacts, FunctionFacts } from '../facts.ts';

/** Each function that others stand in, with those: what they call, it calls or hands to somebody who does. */
export function nestedIn({ functions }: FileFacts): [FunctionFacts, FunctionFacts[]][] {
  const open: FunctionFacts[] = [];
  const found = new Map<FunctionFacts, FunctionFacts[]>();
  for (const fn of functions.toSorted(
    (a, b) => a.startLine - b.startLine || b.endLine - a.endLine,
  )) {
    while ((open.at(-1)?.endLine ?? Infinity) < fn.endLine) open.pop();
    for (const outer of open.slice(-deepest)) {
      const inner = found.get(outer) ?? [];
      inner.push(fn);
      found.set(outer, inner);
    }
    open.push(fn);
  }
  return [...found];
}

/** Functions around one, of which more are not looked at. */
const deepest = 5;
