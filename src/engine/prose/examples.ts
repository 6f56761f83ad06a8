import type { ProseBlock } from './blocks.ts';
import type { GroundingIndex } from './grounding.ts';

export type ExampleVerdict = 'uses_code' | 'command' | 'foreign' | 'broken';

const tools =
  /^[ \t]*(?:[$>][ \t]*)?(?:npm|npx|yarn|pnpm|node|pip3?|python3?|pytest|poetry|mvn|gradle|go|cargo|dotnet|make|cmake|php|composer|ruby|rake|bundle|docker|curl|git)\b/m;

/** What a fenced block is to its reader. Closing brackets stand in for parsing; nothing is run. */
export function looksLikeExample(block: ProseBlock, index: GroundingIndex): ExampleVerdict {
  if (!balanced(block.text)) return 'broken';
  const names = block.text.match(/[A-Za-z_][\w$]*/g) ?? [];
  const own = new Set(names.filter((name) => name.length > 2 && index.declared.has(name)));
  const called = /\b[A-Za-z_]\w*\s{0,3}\(|\bnew\s|\bimport\b|\bfrom\b|\buse\b|\brequire\b/.test(
    block.text,
  );
  if (own.size >= 1 && called) return 'uses_code';
  const paths = block.text.match(/[\w./-]+/g) ?? [];
  const namesFile = paths.some((path) => index.files.has(path.replace(/^\.\//, '')));
  return namesFile || tools.test(block.text) ? 'command' : 'foreign';
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
