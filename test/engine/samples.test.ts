import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { pathOf, realEngine } from '#test/support/engine.ts';

const folder = new URL('../fixtures/samples/', import.meta.url);

describe('the same program in ten languages', () => {
  const scores = new Map<string, { good: number; bad: number }>();
  const strengths = new Set<string>();
  before(async () => {
    const run = await realEngine();
    for (const language of readdirSync(folder)) {
      const score = (quality: string): number => {
        const name =
          readdirSync(new URL(`${language}/`, folder)).find((file) => file.startsWith(quality)) ??
          '';
        const content = readFileSync(new URL(`${language}/${name}`, folder), 'utf8');
        const result = run({ files: [{ path: name, content }] });
        for (const path of result.path_scores)
          path.strengths.forEach((text) => strengths.add(text));
        return pathOf(result, 'technical').overall_score ?? NaN;
      };
      scores.set(language, { good: score('good'), bad: score('bad') });
    }
  });

  it('is praised in words: a strength counts nothing that is not there', () => {
    assert.ok(strengths.size > 10);
    assert.deepEqual(
      [...strengths].filter((text) => /(^|\s)0 /.test(text)),
      [],
    );
    assert.ok([...strengths].some((text) => text.startsWith('Security: no security findings in')));
  });

  it('is there in ten languages', () => {
    assert.equal(scores.size, 10);
  });

  it('scores at least fifteen points more when it is written well', () => {
    for (const [language, { good, bad }] of scores)
      assert.ok(good - bad >= 15, `${language}: ${good} against ${bad}`);
  });

  it('scores within eight points on technical when it is equally good', () => {
    const good = [...scores.values()].map((score) => score.good);
    assert.ok(
      Math.max(...good) - Math.min(...good) <= 8,
      JSON.stringify(Object.fromEntries(scores)),
    );
  });
});
