import assert from 'node:assert/strict';

import { cloneGroups } from '#src/engine/submission/clones.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { publishedRubric } from '#test/support/engine.ts';
import { fileFacts } from '#test/support/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';

const rubric = publishedRubric();

/** A file of 60 lines whose fingerprints are `hashes`, three lines apart; `words` tells its lines from those of others. */
function file(path: string, hashes: number[], words = 0): FileFacts {
  return fileFacts({
    path,
    functions: [],
    logicalLines: Array.from({ length: 60 }, (_, at) => ({ line: at + 1, hash: at + words })),
    fingerprints: hashes.map((hash, index) => ({
      hash,
      startLine: index * 3 + 1,
      endLine: index * 3 + 3,
      first: index * 3,
      last: index * 3 + 2,
    })),
  });
}

describe('cloneGroups', () => {
  it('finds a run that stands in two files', () => {
    const groups = cloneGroups(
      [file('a.py', [1, 2, 3, 4, 5, 6]), file('b.py', [9, 1, 2, 3, 4, 5, 6])],
      rubric,
    );
    assert.equal(groups.length, 1);
    assert.deepEqual(groups[0]?.first, {
      path: 'a.py',
      startLine: 1,
      endLine: 18,
      first: 0,
      last: 17,
    });
    assert.deepEqual(groups[0]?.second, {
      path: 'b.py',
      startLine: 4,
      endLine: 21,
      first: 3,
      last: 20,
    });
  });

  it('ignores the same shape with other words, short runs and self-overlap', () => {
    const run = [1, 2, 3, 4, 5, 6];
    assert.equal(cloneGroups([file('a.py', run), file('b.py', run)], rubric).length, 1);
    assert.deepEqual(cloneGroups([file('a.py', run), file('b.py', run, 900)], rubric), []);
    assert.deepEqual(cloneGroups([file('a.py', [1, 2]), file('b.py', [1, 2])], rubric), []);
    assert.deepEqual(cloneGroups([file('a.py', [7, 7, 7, 7, 7, 7])], rubric), []);
  });

  it('finds small functions of one shape, in whatever order they stand', async () => {
    const grammars = await loadGrammars();
    const small = (name: string): string =>
      `function ${name}(list) {\n  const found = [];\n  for (const one of list) {\n    if (one > 3) found.push(one);\n  }\n  found.sort();\n  return found;\n}\n`;
    const other = 'function other(a) {\n  return a.map((b) => b + 1).join();\n}\n';
    const found = (...parts: string[]): number[] => {
      const content = parts.join('\n');
      const facts = extractFileFacts({ path: 'a.js', content }, grammars);
      return cloneGroups([facts], rubric).map((group) => group.lines);
    };
    assert.deepEqual(found(small('first'), other, small('second')), [7]);
    assert.deepEqual(found(other, small('second'), small('first')), [7]);
  });
});
