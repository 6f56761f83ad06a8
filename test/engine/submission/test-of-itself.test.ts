import assert from 'node:assert/strict';

import { metricOf, realEngine } from '#test/support/engine.ts';

const code = `export function slug(text, separator = '-') {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return words.filter(Boolean).join(separator);
}
`;

const testOf = (body: string): string =>
  `import assert from 'node:assert';\nimport { slug } from './shop.js';\n\nit('works', () => {\n  ${body}\n});\n`;

describe('a test', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const scoreOf = (body: string): number =>
    metricOf(
      run({
        files: [
          { path: 'shop.js', content: code },
          { path: 'shop.test.js', content: testOf(body) },
        ],
      }),
      'technical',
      'tests',
    ).score ?? 0;

  it('says nothing where it compares a call with itself, by whatever names', () => {
    const same = [
      `assert.equal(slug('Green Tea'), slug('Green Tea'));`,
      `const first = slug('Green Tea');\n  const second = slug('Green Tea');\n  assert.deepEqual(first, second);`,
      `assert.equal(JSON.stringify(slug('Green Tea')), JSON.stringify(slug('Green Tea')));`,
      `for (const text of ['Green Tea', 'green-tea'])\n    assert.equal(slug(text), slug(text));`,
    ];
    for (const body of same) assert.equal(scoreOf(body), 0, body);
    assert.ok(scoreOf(`assert.equal(slug(slug('Green Tea')), slug('Green Tea'));`) > 0);
  });
});
