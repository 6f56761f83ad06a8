/**
 * Sound TypeScript that the grammar (tree-sitter-typescript of @vscode/tree-sitter-wasm 0.3.1) takes for
 * an error, spelled as it reads it. Each spelling is as long as the other, so that every offset and line
 * stays true; names are read from the text as it was written.
 *
 * Found by reading 2,563 type declarations and sources of published packages.
 */
const spellings: readonly (readonly [pattern: RegExp, spelling: (found: string) => string])[] = [
  // Words that are keywords in one place only, as names: `using: string`, `abstract?: boolean`, `accessor(…)`.
  [
    /(?<![\w$])(?:using|accessor|abstract|override|declare|module|namespace)(?=\s*[?!]?\s*[:,)(=.}\];+\-*/<>&|]|`)/g,
    (name) => name.toUpperCase(),
  ],
  // Variance: `<in out T>`; the list may stand on lines of its own.
  [/(?<=(?:[<,]|\*\/)\s{0,40})(?:in\s+out|out|in)(?=\s+[A-Z][\w$]*)/g, blank],
  // `export default function (): { … };`: a declaration without a name and a body.
  [
    /(?<=\bexport )default function \((?=\)\s*:\s*\{[^{}]*\};)/g,
    (found) => `function _${' '.repeat(found.length - 11)}(`,
  ],
  // `export type * from './x'`.
  [/(?<=\bexport\s)type(?=\s*\*)/g, blank],
  // `Promise<import('pg').Result<T>>`: the type of another module, with arguments.
  [
    /\bimport\(\s*(?:'[^'\n]*'|"[^"\n]*")\s*\)(?=\s*\.)/g,
    (found) => `M${'_'.repeat(found.length - 1)}`,
  ],
  // `declare module 'x' { global { … } }`.
  [/(?<=\{\s{0,40})global(?=\s*\{)/g, blank],
];

function blank(found: string): string {
  return found.replaceAll(/\S/g, ' ');
}

/** The same text as the grammar can read it; equal to the source where there is nothing to respell. */
export function respelled(source: string): string {
  return spellings.reduce(
    (text, [pattern, spelling]) => text.replaceAll(pattern, spelling),
    source,
  );
}
