/** Names of submissions go into expressions: whatever stands where a name is expected, nothing fails. */
import assert from 'node:assert/strict';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { defects } from '#test/support/defects.ts';

/** Each is a pattern, an expression, or cut in the middle. */
const odd = [
  '*p',
  '(*p)',
  'a[',
  '{ a, b }',
  `(${'x, '.repeat(60)}y)`,
  '$_',
  'a?',
  '+',
  'x\\',
  '[^',
];

describe('odd names', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  for (const { rule, path, defect } of defects) {
    it(`are read where ${rule} is looked for in ${path}`, () => {
      const code = defect.join('\n');
      const names = [...new Set(code.match(/[A-Za-z_]\w*/g))].slice(0, 25);
      for (const [at, name] of names.entries()) {
        const instead = odd[at % odd.length] ?? '';
        const content = code.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), () => instead);
        assert.ok(extractFileFacts({ path, content }, grammars).lines > 0);
      }
    });
  }
});
