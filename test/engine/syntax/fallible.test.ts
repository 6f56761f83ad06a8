/** What is ready for the failure of a call that can fail from outside. */
import assert from 'node:assert/strict';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';

describe('a call that tells its failure to a callback', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });
  const guardOf = (code: string) => {
    const content = `import fs from 'node:fs';\n${code}\n`;
    const facts = extractFileFacts({ path: 'a.js', content, language: 'javascript' }, grammars);
    return facts.fallible.map(({ guard }) => guard);
  };
  const met: [string, string][] = [
    [
      'that looks at it',
      'function load(p, f) { fs.readFile(p, (err, text) => { if (err) return f(err); f(null, text); }); }',
    ],
    [
      'that hands it on',
      'function load(p, f) { fs.open(p, "r", function (error, fd) { f(error, fd); }); }',
    ],
    ['of the caller', 'function load(p, callback) { fs.readFile(p, callback); }'],
  ];
  for (const [name, code] of met)
    it(`${name}, is met`, () => assert.deepEqual(guardOf(code), ['propagated']));

  const unmet: [string, string][] = [
    [
      'that does not look at it',
      'function load(p, f) { fs.readFile(p, (err, text) => { f(text); }); }',
    ],
    ['that is not told of it', 'function load(p, f) { fs.readFile(p, (text) => { f(text); }); }'],
    ['but is called to wait', 'function load(p) { return fs.readFileSync(p, "utf8"); }'],
  ];
  for (const [name, code] of unmet)
    it(`${name}, is not`, () => assert.deepEqual(guardOf(code), ['none']));
});
