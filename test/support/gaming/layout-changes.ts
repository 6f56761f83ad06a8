import type { FileFacts } from '#src/engine/facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { parseSource } from '#src/engine/syntax/parse.ts';
import type { SyntaxTree } from '#src/engine/syntax/syntax-tree.ts';
import type { Attack } from './builders.ts';
import { eachFile } from './changes.ts';

const grammars = await loadGrammars();

/** Text between two tokens. */
type Gap = [from: number, to: number];

/** Puts another text between tokens. */
function inGaps(
  gapsOf: (tree: SyntaxTree) => Gap[],
  between: (gap: string) => string | null,
): Attack {
  return eachFile((content, facts) => {
    const tree = treeOf(content, facts);
    if (tree === null) return content;
    const { source } = tree;
    let text = '';
    let last = 0;
    for (const [from, to] of gapsOf(tree).sort((a, b) => a[0] - b[0])) {
      const instead = between(source.slice(from, to));
      if (instead === null || from < last) continue;
      text += source.slice(last, from) + instead;
      last = to;
    }
    const changed = text + source.slice(last);
    // A grammar that knows line ends only there is none of layout.
    return errors(treeOf(changed, facts)) > errors(tree) ? content : changed;
  });
}

function treeOf(content: string, { language }: FileFacts): SyntaxTree | null {
  return parseSource(content, language, grammars);
}

function errors(tree: SyntaxTree | null): number {
  if (tree === null) return 0;
  let count = 0;
  for (let node = 0; node < tree.size; node += 1) count += Number(tree.isError(node));
  return count;
}

/** Between the parts of what stands in round or square brackets; a macro of C ends with its line. */
function inBrackets(tree: SyntaxTree): Gap[] {
  const closing: Record<string, string> = { '(': ')', '[': ']' };
  return gaps(tree, (parent, parts) => {
    const [first = '', last] = [parts[0]!, parts.at(-1)!].map((part) => tree.text(part));
    // Empty ones hold nothing that could stand on a line of its own.
    return parts.length > 2 && closing[first] === last && tree.above(parent, 'string') < 0;
  });
}

/** Between two statements of a block that hold no blocks and no functions themselves. */
function betweenStatements(tree: SyntaxTree): Gap[] {
  const plain = (node: number): boolean => tree.isStatement(node) && !/\{|=>/.test(tree.text(node));
  return gaps(tree, (_, parts) => parts.some(plain), plain).filter(
    ([from]) => tree.source[from - 1] === ';',
  );
}

function gaps(
  tree: SyntaxTree,
  suits: (parent: number, parts: number[]) => boolean,
  isPart: (node: number) => boolean = () => true,
): Gap[] {
  const found: Gap[] = [];
  for (let node = 0; node < tree.size; node += 1) {
    const parts = tree.children(node);
    if (parts.length < 2 || /preproc|comment|string/.test(tree.type(node)) || !suits(node, parts))
      continue;
    for (const [at, part] of parts.entries()) {
      const next = parts[at + 1];
      if (next === undefined) break;
      if ([part, next].some((one) => /comment/.test(tree.type(one)) || !isPart(one))) continue;
      found.push([tree.stop[part]!, tree.start[next]!]);
    }
  }
  return found;
}

const isBlank = (gap: string): boolean => gap.trim() === '';
const hasBreak = (gap: string): boolean => isBlank(gap) && gap.includes('\n');

/** What formatters do: other places where lines end must not move a score at all. */
export const layoutChanges: Record<string, Attack> = {
  'a line for each part of what stands in brackets': inGaps(inBrackets, (gap) =>
    isBlank(gap) && !hasBreak(gap) ? '\n        ' : null,
  ),
  'each statement on one line': inGaps(
    () => [],
    () => null,
  ),
  'statements side by side': inGaps(betweenStatements, (gap) => (hasBreak(gap) ? ' ' : null)),
};
