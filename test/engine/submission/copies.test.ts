import assert from 'node:assert/strict';

import { withoutCopies } from '#src/engine/submission/copies.ts';
import { fileFacts, functionFacts, smellFacts } from '#test/support/facts.ts';

const text = (name: string): string[] =>
  `def ${name}(items):\n    total = 0\n    for item in items:\n        total += item\n    return total`.split(
    '\n',
  );
const source = (path: string, name: string) =>
  fileFacts({
    path,
    functions: [functionFacts({ name, startLine: 1, endLine: 5 })],
    smells: [smellFacts({ startLine: 3, endLine: 3 })],
    guards: [{ kind: 'empty', subject: 'items', function: name, startLine: 2, endLine: 2 }],
  });

describe('copies', () => {
  const linesOf = (path: string): string[] => text(path === 'a.py' ? 'add' : 'sum_up');

  it('are judged once, whatever they are called', () => {
    const [first, second] = withoutCopies(
      [source('a.py', 'add'), source('b.py', 'sum_up')],
      linesOf,
    );
    assert.equal(first?.functions.length, 1);
    assert.deepEqual([second?.functions, second?.guards], [[], []]);
  });

  it('keep what is wrong in them', () => {
    const [, second] = withoutCopies([source('a.py', 'add'), source('b.py', 'sum_up')], linesOf);
    assert.equal(second?.smells.length, 1);
  });

  it('are told apart by what they do', () => {
    const other = (path: string): string[] =>
      path === 'a.py' ? text('add') : text('add').map((line) => line.replace('+=', '*='));
    const [, second] = withoutCopies([source('a.py', 'add'), source('b.py', 'add')], other);
    assert.equal(second?.functions.length, 1);
  });
});
