import type { ProseBlock } from './blocks.ts';
import type { GroundingIndex } from './grounding.ts';

export type ExampleVerdict = 'uses_code' | 'command' | 'usual_command' | 'foreign' | 'broken';

/** Tools by the languages of which a project has use for them; `git` and the like tell nothing of this project. */
const tools: readonly (readonly [tool: RegExp, languages: readonly string[]])[] = [
  [
    /^(?:npm|npx|yarn|pnpm|node|deno|bun|ng|tsx|vite|vitest|jest)$/,
    ['javascript', 'typescript', 'tsx', 'vue', 'svelte'],
  ],
  [/^(?:pip3?|python3?|pytest|poetry|uv|tox|uvicorn|flask|streamlit|jupyter)$/, ['python']],
  [/^(?:mvnw?|gradlew?|javac?)$/, ['java', 'kotlin', 'scala']],
  [/^(?:go)$/, ['go']],
  [/^(?:cargo|rustc)$/, ['rust']],
  [/^(?:dotnet)$/, ['csharp', 'fsharp']],
  [/^(?:cmake|ctest|g\+\+|gcc|cc|clang(?:\+\+)?)$/, ['cpp', 'c']],
  [/^make$/, ['cpp', 'c', 'go', 'rust', 'python']],
  [/^(?:php|composer|phpunit)$/, ['php']],
  [/^(?:ruby|rake|rails|rackup|bundle|rspec|gem)$/, ['ruby']],
];

/** First words of the lines of a block. */
const linePattern = /^[ \t]*(?:[$>][ \t]*)?(?:\.\/)?([\w+-]+)/gm;

/** Whether a block gives a command that a project in these languages understands without files to prove it. */
export function isUsualCommand(text: string, languages: ReadonlySet<string>): boolean {
  const words = [...text.matchAll(linePattern)].map(([, word]) => word ?? '');
  return words.some((word) =>
    tools.some(([tool, of]) => tool.test(word) && of.some((language) => languages.has(language))),
  );
}

/** What a fenced block is to its reader. Closing brackets stand in for parsing; nothing is run. */
export function looksLikeExample(block: ProseBlock, index: GroundingIndex): ExampleVerdict {
  if (!balanced(block.text)) return 'broken';
  const names = block.text.match(/[A-Za-z_][\w$]*/g) ?? [];
  const own = new Set(names.filter((name) => name.length > 2 && index.offered.has(name)));
  const called = /\b[A-Za-z_]\w*\s{0,3}\(|\bnew\s|\bimport\b|\bfrom\b|\buse\b|\brequire\b/.test(
    block.text,
  );
  if (own.size >= 1 && called && showsCase(block.text)) return 'uses_code';
  const paths = block.text.match(/[\w./-]+/g) ?? [];
  const namesFile = paths.some((path) => index.files.has(path.replace(/^\.\//, '')));
  return namesFile
    ? 'command'
    : isUsualCommand(block.text, index.languages)
      ? 'usual_command'
      : 'foreign';
}

/** A call of bare numbers whose outcome is not told shows no case. */
function showsCase(text: string): boolean {
  const calls = text.replaceAll(/^.*\b(?:import|require|use|using|include)\b.*$/gm, '');
  return /["'`{[]|=>|\/\/|#|>>>|[A-Za-z_]\w*\(\s*[A-Za-z_]\w*\s*,/.test(calls);
}

/** Brackets close in order; what stands in quotes does not count. */
function balanced(text: string): boolean {
  const closing: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
  const open: string[] = [];
  const bare = text.replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '');
  for (const [character] of bare.matchAll(/[()[\]{}]/g)) {
    const opener = closing[character];
    if (opener === undefined) open.push(character);
    else if (open.pop() !== opener) return false;
  }
  return open.length === 0;
}
