import assert from 'node:assert/strict';

import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { defects } from '#test/support/defects.ts';

describe('small classic defects', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  const found = (path: string, lines: readonly string[]): string[] =>
    extractFileFacts({ path, content: lines.join('\n') }, grammars)
      .smells.filter(({ group }) => group !== 'hygiene')
      .map(({ rule, startLine }) => `${rule} at ${startLine}`);

  it('are more than a hundred, in ten languages', () => {
    assert.ok(defects.length >= 100);
    const endings = new Set(defects.map(({ path }) => path.slice(path.lastIndexOf('.'))));
    for (const ending of ['.py', '.js', '.ts', '.java', '.go', '.rs', '.cs', '.cpp', '.php', '.rb'])
      assert.ok(endings.has(ending), ending);
  });

  defects.forEach(({ rule, path, line, defect, mended }, index) => {
    it(`finds ${rule} in ${path}, and nothing once it is mended (${index})`, () => {
      assert.ok(found(path, defect).includes(`${rule} at ${line}`), found(path, defect).join());
      assert.deepEqual(found(path, mended), []);
    });
  });
});
