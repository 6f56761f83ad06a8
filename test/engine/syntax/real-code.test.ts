import assert from 'node:assert/strict';

import type { FileFacts } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';

/** What reading the results of real files showed to be wrong: each was a false alarm or a miss. */
describe('real code', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });
  const read = (path: string, content: string): FileFacts =>
    extractFileFacts({ path, content }, grammars);
  const rules = (path: string, content: string): string[] =>
    read(path, content).smells.map(({ rule }) => rule);

  it('may pass over an error that is an ordinary answer', () => {
    const handler = (type: string): string => `try:\n    f()\nexcept ${type}:\n    pass\n`;
    assert.deepEqual(rules('a.py', handler('StopIteration')), []);
    assert.deepEqual(rules('a.py', handler('(KeyError, IndexError)')), []);
    assert.deepEqual(rules('a.py', handler('OSError')), ['empty-handler']);
    assert.equal(read('a.py', handler('ImportError')).handlers[0]?.kind, 'expected');
  });

  it('is not longer for its docstring', () => {
    const bare = 'def f(a):\n    b = a + 1\n    return b\n';
    const told = bare.replace(':\n', ':\n    """Adds one.\n\n    And says so.\n    """\n');
    assert.equal(read('a.py', told).functions[0]?.nloc, read('a.py', bare).functions[0]?.nloc);
    assert.equal(read('a.py', told).nloc, 3);
  });

  it('checks its own fields too, and a branch is no check', () => {
    const guards = (body: string) =>
      read('a.py', `class A:\n    def f(self, n):\n${body}        return n\n`).guards;
    const check = '        if self.width <= 0:\n            raise ValueError("width")\n';
    assert.deepEqual(
      guards(check).map(({ kind, subject }) => [kind, subject]),
      [['negative', 'width']],
    );
    assert.deepEqual(guards('        if n == 1:\n            return "once"\n'), []);
  });

  it('checks what it made of its input, in every language alike', () => {
    const subjects = (path: string, text: string): string[] =>
      read(path, text).guards.map(({ subject }) => subject);
    const python =
      'def f(line):\n    parts = line.split(";")\n    if len(parts) != 3:\n        raise ValueError(line)\n    return parts\n';
    const rust =
      'fn f(line: &str) -> Result<i32, E> {\n    let parts = g(line);\n    if parts.len() != 3 {\n        return Err(E::Count);\n    }\n    Ok(1)\n}\n';
    const go =
      'package a\nfunc f(line string) error {\n\tparts, err := g(line)\n\tif err != nil {\n\t\treturn err\n\t}\n\tif len(parts) != 3 {\n\t\treturn fmt.Errorf("%d", 3)\n\t}\n\treturn nil\n}\n';
    assert.deepEqual(subjects('a.py', python), ['parts']);
    assert.deepEqual(subjects('a.rs', rust), ['parts']);
    assert.deepEqual(subjects('a.go', go), ['parts']);
  });

  it('is not compared with a limit by an arrow', () => {
    const php = `<?php\nfunction f($rel) {\n  if ($rel->getScheme() != '') {\n    return g($rel);\n  }\n  return 1;\n}\n`;
    assert.deepEqual(
      read('a.php', php).guards.map(({ kind }) => kind),
      ['empty'],
    );
  });

  it('may call a parameter `min` in Go, where many did before it was built in', () => {
    assert.deepEqual(
      rules('a.go', 'package a\nfunc f(min, max int) int { return max - min }\n'),
      [],
    );
  });

  it('has public methods on prototypes', () => {
    const js =
      'module.exports = Cookies\nfunction Cookies(a) {\n  this.a = a\n}\nCookies.prototype.get = function (name) {\n  return this.a[name]\n}\n';
    const method = read('index.js', js).functions.find(({ name }) => name === 'get');
    assert.deepEqual([method?.owner, method?.public, method?.kind], ['Cookies', true, 'method']);
  });

  it('offers what a CommonJS export is made of, and not what that uses', () => {
    const offered = (exported: string): string[] =>
      read('index.js', `${exported}\nfunction one(a) { return a }\nfunction two(a) { return a }\n`)
        .functions.filter(({ owner, public: isOffered }) => owner === null && isOffered)
        .map(({ name }) => name);
    assert.deepEqual(offered('module.exports = class extends Base { push(a) { two(a) } }'), []);
    assert.deepEqual(offered('exports.put = (two) => one(two)'), ['put']);
    assert.deepEqual(offered('module.exports = { one, both: "two" }'), ['one']);
    assert.deepEqual(offered('module.exports = exports = wrap(one)'), ['one']);
    assert.deepEqual(offered('module.exports = Object.assign(one, { also: two })'), ['one', 'two']);
  });

  it('decorates nothing by an attribute', () => {
    const idioms = (path: string, text: string): string[] =>
      read(path, text).idioms.map(({ idiom }) => idiom);
    assert.ok(!idioms('a.rs', '#[derive(Debug)]\nstruct A { a: i32 }\n').includes('decorator'));
    assert.ok(idioms('a.py', '@cached\ndef f(a):\n    return a\n').includes('decorator'));
  });

  it('is searched without its comments and strings', () => {
    const loop = (line: string): string =>
      `def f(xs, seen):\n    # seen = []\n    note = "seen = []"\n${line}    for x in xs:\n        if x in seen:\n            g(x, note)\n`;
    assert.ok(!rules('a.py', loop('')).includes('list-search-in-loop'));
    assert.ok(rules('a.py', loop('    seen = []\n')).includes('list-search-in-loop'));
  });

  it('counts a script by what differs in it', () => {
    assert.equal(read('a.py', 'print("a")\n'.repeat(9)).scriptStatements, 1);
    assert.equal(read('a.py', 'print("a")\nload(x)\nif x:\n    y = 1\n').scriptStatements, 3);
    assert.equal(read('a.py', 'A = 1\nB = 2\n').scriptStatements, 0);
  });
});
