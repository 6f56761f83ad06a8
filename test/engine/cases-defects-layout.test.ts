import assert from 'node:assert/strict';

import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { defects } from '#test/support/defects.ts';
import { inOtherLayout, layoutChanges, type LayoutChange } from '#test/support/other-layout.ts';

/** Where a change of layout says something: a blank line sets two steps apart. */
const told: Partial<Record<LayoutChange, string[]>> = { 'blank lines': ['failed-swap'] };

describe('what is found of small classic defects', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  const found = (path: string, content: string): { rule: string; startLine: number }[] =>
    extractFileFacts({ path, content }, grammars).smells.filter(({ group }) => group !== 'hygiene');

  for (const change of layoutChanges)
    it(`is the same with ${change}`, () => {
      const lost: string[] = [];
      const gained: string[] = [];
      let read = 0;
      defects.forEach(({ rule, path, line, defect, mended }, index) => {
        const bad = inOtherLayout({ path, text: defect.join('\n') }, change, grammars);
        const sound = inOtherLayout({ path, text: mended.join('\n') }, change, grammars);
        read += Number(bad !== null);
        const isThere =
          bad === null ||
          found(path, bad.text).some(
            (smell) => smell.rule === rule && smell.startLine === bad.lineNow(line),
          );
        if (!isThere && told[change]?.includes(rule) !== true) lost.push(`${rule} (${index})`);
        const alarms = sound === null ? [] : found(path, sound.text);
        gained.push(...alarms.map((smell) => `${smell.rule} (${index})`));
      });
      assert.deepEqual({ lost, gained }, { lost: [], gained: [] });
      assert.ok(read > 150, `${read} texts`);
    });
});
