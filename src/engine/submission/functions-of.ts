import type { FileFacts, FunctionAt } from '../facts.ts';

/** All functions of some files with the file of each, in order. */
export function functionsOf(files: readonly FileFacts[]): FunctionAt[] {
  return files.flatMap((file) => file.functions.map((fn): FunctionAt => ({ file, fn })));
}
