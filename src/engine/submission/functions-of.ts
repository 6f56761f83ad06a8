import type { FileFacts, FunctionAt } from '../facts.ts';
import { addTo } from '../multimap.ts';

/** All functions of some files with the file of each, in order. */
export function functionsOf(files: readonly FileFacts[]): FunctionAt[] {
  return files.flatMap((file) => file.functions.map((fn): FunctionAt => ({ file, fn })));
}

/** Classes that have a method of a name; null among them where a function of that name is of none. */
export function ownersByName(
  functions: readonly Pick<FunctionAt, 'fn'>[],
): ReadonlyMap<string, ReadonlySet<string | null>> {
  const owners = new Map<string, Set<string | null>>();
  for (const { fn } of functions) addTo(owners, fn.name, fn.owner);
  return owners;
}
