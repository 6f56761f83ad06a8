import assert from 'node:assert/strict';

import { withoutCopies } from '#src/engine/submission/copies.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { smellFacts } from '#test/support/facts.ts';

const grammars = await loadGrammars();
const source = (path: string, name: string, sign = '+='): FileFacts => {
  const content = `def ${name}(items):\n    if not items:\n        return 0\n    total = 0\n    for item in items:\n        total ${sign} item\n    return total\n`;
  const facts = extractFileFacts({ path, content }, grammars);
  return { ...facts, smells: [smellFacts({ startLine: 3, endLine: 3 })] };
};

describe('copies', () => {
  it('are judged once, whatever they are called', () => {
    const [first, second] = withoutCopies([source('a.py', 'add'), source('b.py', 'sum_up')]);
    assert.deepEqual([first?.functions.length, first?.guards.length], [1, 1]);
    assert.deepEqual([second?.functions, second?.guards], [[], []]);
  });

  it('keep what is wrong in them', () => {
    const [, second] = withoutCopies([source('a.py', 'add'), source('b.py', 'sum_up')]);
    assert.equal(second?.smells.length, 1);
  });

  it('are told apart by what they do', () => {
    const [, second] = withoutCopies([source('a.py', 'add'), source('b.py', 'add', '*=')]);
    assert.equal(second?.functions.length, 1);
  });
});
