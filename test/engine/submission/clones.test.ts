import assert from 'node:assert/strict';

import { cloneGroups } from '#src/engine/submission/clones.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { publishedRubric } from '#test/support/engine.ts';
import { fileFacts } from '#test/support/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';

const rubric = publishedRubric();

/** A file whose fingerprints are `hashes`, three lines apart. */
function file(path: string, hashes: number[]): FileFacts {
  return fileFacts({
    path,
    functions: [],
    fingerprints: hashes.map((hash, index) => ({
      hash,
      startLine: index * 3 + 1,
      endLine: index * 3 + 3,
    })),
  });
}

const lines = (path: string): string[] =>
  Array.from({ length: 60 }, (_, index) => `call_${index}(${path.length})`);

describe('cloneGroups', () => {
  it('finds a run that stands in two files', () => {
    const groups = cloneGroups(
      [file('a.py', [1, 2, 3, 4, 5, 6]), file('b.py', [9, 1, 2, 3, 4, 5, 6])],
      lines,
      rubric,
    );
    assert.equal(groups.length, 1);
    assert.deepEqual(groups[0]?.first, { path: 'a.py', startLine: 1, endLine: 18 });
    assert.deepEqual(groups[0]?.second, { path: 'b.py', startLine: 4, endLine: 21 });
  });

  it('ignores the same shape with other words, short runs and self-overlap', () => {
    const other = (path: string): string[] =>
      lines(path).map((line) => (path === 'b.py' ? `x${line}` : line));
    const pair = [file('a.py', [1, 2, 3, 4, 5, 6]), file('b.py', [1, 2, 3, 4, 5, 6])];
    assert.deepEqual(cloneGroups(pair, other, rubric), []);
    assert.deepEqual(cloneGroups([file('a.py', [1, 2]), file('b.py', [1, 2])], lines, rubric), []);
    assert.deepEqual(cloneGroups([file('a.py', [7, 7, 7, 7, 7, 7])], lines, rubric), []);
  });

  it('finds small functions of one shape, in whatever order they stand', async () => {
    const grammars = await loadGrammars();
    const small = (name: string): string =>
      `function ${name}(list) {\n  const found = [];\n  for (const one of list) {\n    if (one > 3) found.push(one);\n  }\n  found.sort();\n  return found;\n}\n`;
    const other = 'function other(a) {\n  return a.map((b) => b + 1).join();\n}\n';
    const found = (...parts: string[]): number[] => {
      const content = parts.join('\n');
      const facts = extractFileFacts({ path: 'a.js', content }, grammars);
      return cloneGroups([facts], () => content.split('\n'), rubric).map((group) => group.lines);
    };
    assert.deepEqual(found(small('first'), other, small('second')), [6]);
    assert.deepEqual(found(other, small('second'), small('first')), [6]);
  });
});
