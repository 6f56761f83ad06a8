import type { FileFacts, FunctionFacts, TopLevelFacts } from '../facts.ts';
import { importedFiles } from './dependencies.ts';
import type { ReferenceGraph } from './reference-graph.ts';

const javaScript = /^(javascript|typescript|tsx)$/;

/** What a file of JavaScript offers by a word for it, where statements of it run when it is loaded. */
export function offeredBeside(
  { functions }: ReferenceGraph,
  files: readonly FileFacts[],
): FunctionFacts[] {
  return files.flatMap((file) => {
    const { language, topLevel } = file;
    if (!javaScript.test(language) || !topLevel.some(({ runs }) => runs)) return [];
    const exporting = topLevel.filter(({ exports }) => exports);
    const named = exporting.flatMap(({ mentions }) => mentions);
    const isWrittenIn = (fn: FunctionFacts): boolean =>
      exporting.some((one) => one.startLine <= fn.startLine && fn.endLine <= one.endLine);
    return [
      ...file.functions.filter((fn) => fn.public || isWrittenIn(fn)),
      ...named.flatMap((name) => (functions.get(name) ?? []).map(({ fn }) => fn)),
    ];
  });
}

/** `Vue.component('Cart', require('./Cart').default)`: what a file offers goes on from there without a name. */
export function offeredUnbound(files: readonly FileFacts[]): TopLevelFacts[] {
  const bare = files.flatMap(({ imports, language }) =>
    javaScript.test(language)
      ? imports.filter(({ names, relative }) => relative && names.length === 0)
      : [],
  );
  if (bare.length === 0) return [];
  const paths = new Set(bare.flatMap(importedFiles(files)));
  return files
    .filter(({ path }) => paths.has(path))
    .flatMap(({ topLevel }) => topLevel.filter((holder) => holder.exports));
}
