import assert from 'node:assert/strict';

import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { settledCondition } from '#src/engine/syntax/settled-conditions.ts';

const known = new Map([
  ['ready', 'true'],
  ['limit', '3'],
]);

describe('conditions that always come out the same', () => {
  const cases: [string, boolean | null][] = [
    ['false', false],
    ['1 > 2', false],
    ['"a" == "b"', false],
    ['!ready', false],
    ['limit > 5', false],
    ['0 > limit', false],
    ['limit > 2', true],
    ['Date.now() < 0', false],
    ['time.time() < 0', false],
    ['Math.PI > 4', false],
    ['Math.random() > 1', false],
    ['rows.length < 0', false],
    ['len(rows) < 0', false],
    ['total < 0 && total > 0', false],
    ['total > 5 and total < 3', false],
    ['(kind == 1) and (kind == 2)', false],
    ['name != null && name == null', false],
    ['found && !found', false],
    ['result === undefined || result !== undefined', true],
    ['result is None or result is not None', true],
    ['kind != 1 || kind != 2', true],
    ['find(name) || true', true],
  ];
  for (const [condition, settled] of cases)
    it(`${condition}: ${settled}`, () => {
      assert.equal(settledCondition(condition, known), settled);
    });

  // What no number is, is neither below nor above one, and `null` is not `undefined`.
  const open = [
    'total < 0 || total >= 0',
    'name == null && name === undefined',
    'name !== null && name == null',
    'total !== total',
    'this.sameSite && this.sameSite !== true',
    'next() == 1 && next() == 2',
    'rows.length < 1',
    '!(first || second)',
    'total >= 3 && total <= 3',
    '0 <= place < 10',
    'rows.length > MAX_ROWS',
    "text === 'this or that'",
    'a > b && a < b',
    'Date.now() > deadline',
  ];
  for (const condition of open)
    it(`${condition}: nobody knows`, () => {
      assert.equal(settledCondition(condition, known), null);
    });
});

describe('checks and errors that nothing can lead to', () => {
  let facts: (path: string, lines: string[]) => ReturnType<typeof extractFileFacts>;
  before(async () => {
    const grammars = await loadGrammars();
    facts = (path, lines) => extractFileFacts({ path, content: `${lines.join('\n')}\n` }, grammars);
  });

  const never: [string, string[]][] = [
    [
      'a.js',
      [
        'function f(a) {',
        '  const ok = true;',
        "  if (!ok) throw new Error('x');",
        '  return a + 1;',
        '}',
      ],
    ],
    [
      'a.js',
      ['function f(a) {', "  if (Date.now() < 0) throw new Error('x');", '  return a + 1;', '}'],
    ],
    [
      'a.js',
      ['function f(a) {', "  if (a < 0 && a > 0) throw new Error('x');", '  return a + 1;', '}'],
    ],
    [
      'a.py',
      [
        'def f(a):',
        '    ready = True',
        '    if not ready:',
        '        raise ValueError("x")',
        '    return a + 1',
      ],
    ],
    [
      'A.java',
      [
        'class A {',
        '  int f(int a) {',
        '    boolean ok = true;',
        '    if (!ok) throw new Error("x");',
        '    return a + 1;',
        '  }',
        '}',
      ],
    ],
    [
      'a.go',
      [
        'package a',
        'func f(a int) int {',
        '\tok := true',
        '\tif !ok {',
        '\t\tpanic("x")',
        '\t}',
        '\treturn a + 1',
        '}',
      ],
    ],
    ['a.rb', ['def f(a)', '  ok = true', "  raise 'x' unless ok", '  a + 1', 'end']],
  ];
  for (const [path, lines] of never)
    it(`${path}: ${lines.slice(1, -1).join(' ').trim()}`, () => {
      const { functions, guards } = facts(path, lines);
      assert.equal(functions[0]?.throws, 0);
      assert.deepEqual(
        guards.filter(({ dead }) => dead !== true),
        [],
      );
    });

  const may: [string, string[]][] = [
    [
      'a.js',
      [
        'function f(a) {',
        '  let ok = true;',
        '  for (const b of a) if (b < 0) ok = false;',
        "  if (!ok) throw new Error('x');",
        '  return a;',
        '}',
      ],
    ],
    [
      'a.go',
      [
        'package a',
        'func f(a int) int {',
        '\tok := true',
        '\tread(&ok)',
        '\tif !ok {',
        '\t\tpanic("x")',
        '\t}',
        '\treturn a + 1',
        '}',
      ],
    ],
    [
      'a.py',
      [
        'def f(a):',
        '    count = 0',
        '    for b in a:',
        '        count += 1',
        '    if count == 0:',
        '        raise ValueError("x")',
        '    return a',
      ],
    ],
    [
      'a.py',
      [
        'READY = False',
        'def f(a):',
        '    if not READY:',
        '        raise ValueError("x")',
        '    return a + 1',
      ],
    ],
    [
      'a.py',
      [
        'def f(a):',
        '    found: None | (tuple[str, int]) = None',
        '    for b in a:',
        '        found = b',
        '    if found is None:',
        '        raise ValueError("x")',
        '    return found',
      ],
    ],
    [
      'a.cs',
      [
        'class A {',
        '  int F(string a) {',
        '    int b = 0;',
        '    if (!int.TryParse(a, out b)) return 0;',
        '    if (b < 1) throw new Exception("x");',
        '    return b;',
        '  }',
        '}',
      ],
    ],
  ];
  for (const [path, lines] of may)
    it(`${path}, which may happen: ${lines.slice(1, -1).join(' ').trim()}`, () => {
      assert.equal(facts(path, lines).functions.at(0)?.throws, 1);
    });
});
