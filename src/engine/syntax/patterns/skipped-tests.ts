import { callAt } from '../calls.ts';
import { headerText } from '../headers.ts';
import { deadBranch } from '../dead-branches.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Words of the frameworks that leave a test out whatever happens; those with a condition do not. */
const leftOut =
  /@(Disabled|Ignore)\b(?!If)|\[(Ignore|Explicit)\b|\bSkip\s*=\s*"|#\[ignore\b|@pytest\.mark\.skip\b|@(unittest\.)?skip\b|enabled\s*=\s*false|#\[Skip\b/;

/** A first statement that ends the test: `t.Skip()`, `pytest.skip("…")`, `$this->markTestSkipped()`, `this.skip()`. */
const skipsItself =
  /^\s*[{:]?\s*(await\s+)?((t|b|f)\.Skip(f|Now)?|pytest\.skip|self\.skipTest|\$this->markTest(Skipped|Incomplete)|self::markTest(Skipped|Incomplete)|this\.skip|GTEST_SKIP|Assert\.(Ignore|Inconclusive)|skip|pending)\s*\(/;

const groups = /^[xf]?(describe|context|suite)$/;

/** Nodes around a test that are looked at. */
const levels = 100;

/** Whether a test case is never run; `at` is its node and `body` the first node of what it would run. */
export function isSkipped(tree: SyntaxTree, at: number, body: number): boolean {
  if (skipsItself.test(tree.excerpt(body, 120)) || leftOut.test(headerText(tree, at))) return true;
  let inner = at;
  let node = tree.parentOf(at);
  for (let steps = 0; node >= 0 && steps < levels; steps += 1, node = tree.parentOf(node)) {
    const kind = tree.kind(node);
    if (kind === 'if' && deadBranch(tree, node) === branchAround(tree, inner, node)) return true;
    if (kind === 'class' && leftOut.test(headerText(tree, node))) return true;
    if (kind === 'call' && isSkippedGroup(tree, node)) return true;
    inner = node;
  }
  return false;
}

/** The part of an `if` that a node stands in. */
function branchAround(tree: SyntaxTree, inner: number, holder: number): number {
  let at = inner;
  for (let up = tree.parentOf(at); up >= 0 && up !== holder; up = tree.parentOf(at)) at = up;
  return at;
}

/** `describe.skip(…)`, `xdescribe(…)`. */
function isSkippedGroup(tree: SyntaxTree, node: number): boolean {
  if (!tree.table.closuresAreUnits && tree.table.language !== 'ruby') return false;
  const { name, qualifier } = callAt(tree, node);
  if (groups.test(name)) return name.startsWith('x');
  return name === 'skip' && groups.test(qualifier ?? '');
}
