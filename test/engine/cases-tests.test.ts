import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { linkTests } from '#src/engine/submission/test-links.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';

interface TestFile {
  path: string;
  content: string[];
  /** By case: `name: verdict`, and `, failure` when it pins down a failure. */
  verdicts: string[];
}

const files = JSON.parse(
  readFileSync(new URL('../fixtures/engine-cases/tests.json', import.meta.url), 'utf8'),
) as TestFile[];

const subject = {
  path: 'work.py',
  content: ['work', 'Work']
    .map((name) => `def ${name}(x):\n    y = x + 1\n    z = y * 2\n    return z\n`)
    .join('\n'),
};

describe('what a test is said to be, in the words of each framework', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  for (const { path, content, verdicts } of files)
    it(`reads ${path}`, () => {
      const source = extractFileFacts(subject, grammars);
      const file = extractFileFacts({ path, content: content.join('\n') }, grammars);
      const functions = [source, file].flatMap((one) =>
        one.functions.filter(({ test }) => !test).map((fn) => ({ file: one, fn })),
      );
      assert.deepEqual(
        linkTests([source, file], functions).cases.map(
          ({ test, verdict, negative }) => `${test.name}: ${verdict}${negative ? ', failure' : ''}`,
        ),
        verdicts,
      );
    });
});
