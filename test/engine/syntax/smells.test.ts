import assert from 'node:assert/strict';
import { realFacts } from '#test/support/engine.ts';

/** A rule, code that breaks it, and the nearest code that does not. */
const cases: [rule: string, path: string, bad: string, good: string][] = [
  ['mutable-default', 'a.py', 'def f(x=[]):\n    return x\n', 'def f(x=()):\n    return x\n'],
  ['compare-to-none', 'a.py', 'y = x == None\n', 'y = x is None\n'],
  ['is-literal', 'a.py', 'y = x is 3\n', 'y = x is None\n'],
  ['compare-to-nan', 'a.ts', 'const y = x === NaN;\n', 'const y = Number.isNaN(x);\n'],
  [
    'string-identity',
    'A.java',
    'class A { boolean f(String s) { return s == "a"; } }',
    'class A { boolean f(String s) { return "a".equals(s); } }',
  ],
  [
    'self-comparison',
    'a.go',
    'package a\nfunc f(x int) bool { return x == x }',
    'package a\nfunc f(x, y int) bool { return x == y }',
  ],
  [
    'unreachable-code',
    'a.js',
    'function f() { return 1; g(); }',
    'function f() { return h(); function h() { return 1; } }',
  ],
  [
    'unreachable-code',
    'a.go',
    'package a\nfunc f() int {\n\treturn 1\n\tg()\n}',
    'package a\nfunc f() int {\n\tg()\n\treturn 1\n}',
  ],
  [
    'swallowed-everything',
    'a.py',
    'try:\n    f()\nexcept Exception:\n    pass\n',
    'try:\n    f()\nexcept Exception as e:\n    raise Bad() from e\n',
  ],
  [
    'swallowed-everything',
    'A.cs',
    'class A { void F() { try { G(); } catch { } } }',
    'class A { void F() { try { G(); } catch (IOException e) { H(e); } } }',
  ],
  [
    'swallowed-everything',
    'a.rb',
    'def f\n  g\nrescue\nend\n',
    'def f\n  g\nrescue KeyError => e\n  h(e)\nend\n',
  ],
  [
    'off-by-one',
    'A.java',
    'class A { void f(int[] a) { for (int i = 0; i <= a.length; i++) g(a[i]); } }',
    'class A { void f(int[] a) { for (int i = 0; i < a.length; i++) g(a[i]); } }',
  ],
  [
    'ignored-error',
    'a.go',
    'package a\nfunc f() { _ = os.Remove("x") }',
    'package a\nfunc f() error { return os.Remove("x") }',
  ],
  [
    'unclosed-resource',
    'a.py',
    'def f():\n    h = open("x")\n    g(h.read())\n',
    'def f():\n    with open("x") as h:\n        g(h.read())\n',
  ],
  [
    'unclosed-resource',
    'a.go',
    'package a\nfunc f() {\n\tx, err := os.Open("a")\n\tg(x.Name(), err)\n}',
    'package a\nfunc f() {\n\tx, err := os.Open("a")\n\tdefer x.Close()\n\tg(err)\n}',
  ],
  ['dynamic-code', 'a.js', 'eval(input);', 'eval("1 + 1");'],
  [
    'shell-command',
    'a.py',
    'import os\nos.system("rm " + name)\n',
    'import subprocess\nsubprocess.run(["rm", name])\n',
  ],
  ['shell-command', 'a.js', 'exec(`ls ${dir}`);', 'pattern.exec(text);'],
  [
    'sql-injection',
    'a.py',
    'cur.execute(f"SELECT * FROM users WHERE id = {user_id}")\n',
    'cur.execute("SELECT * FROM users WHERE id = ?", (user_id,))\n',
  ],
  [
    'sql-injection',
    'A.java',
    'class A { void f(String id) { db.run("SELECT a FROM b WHERE id = " + id); } }',
    'class A { void f(String id) { db.run("SELECT a FROM b WHERE id = ?", id); } }',
  ],
  [
    'sql-injection',
    'a.go',
    'package a\nfunc f(id string) { db.Query(fmt.Sprintf("SELECT a FROM b WHERE c = %s", id)) }',
    'package a\nfunc f(id string) { db.Query("SELECT a FROM b WHERE c = $1", id) }',
  ],
  [
    'sql-injection',
    'a.php',
    '<?php $db->query("SELECT a FROM b WHERE c = $id");',
    '<?php $db->prepare("SELECT a FROM b WHERE c = ?");',
  ],
  ['html-injection', 'a.ts', 'node.innerHTML = text;', 'node.textContent = text;'],
  ['unsafe-deserialisation', 'a.py', 'x = pickle.loads(data)\n', 'x = json.loads(data)\n'],
  [
    'tls-verification-off',
    'a.py',
    'requests.get(url, verify=False)\n',
    'requests.get(url, verify=True)\n',
  ],
  [
    'tls-verification-off',
    'a.ts',
    'connect({ rejectUnauthorized: false });',
    'connect({ rejectUnauthorized: true });',
  ],
  [
    'weak-password-hash',
    'a.py',
    'def hash_password(p):\n    return hashlib.md5(p).hexdigest()\n',
    'def checksum(p):\n    return hashlib.md5(p).hexdigest()\n',
  ],
  [
    'predictable-token',
    'a.ts',
    'const sessionToken = Math.random().toString(36);',
    'const jitter = Math.random() * 10;',
  ],
  ['hard-coded-secret', 'a.py', 'DB_PASSWORD = "kX92!fLq0zR7"\n', 'DB_PASSWORD = "changeme"\n'],
  ['live-secret', 'a.rb', 'KEY = "AKIAJ7Q2M4XN5R8TZB3V"\n', 'KEY = "AKIAIOSFODNN7EXAMPLE"\n'],
  [
    'list-search-in-loop',
    'a.py',
    'def f(xs, ys):\n    seen = []\n    for x in xs:\n        if x in seen:\n            continue\n        seen.append(x)\n',
    'def f(xs, ys):\n    seen = set()\n    for x in xs:\n        if x in seen:\n            continue\n        seen.add(x)\n',
  ],
  [
    'string-append-in-loop',
    'a.py',
    'def f(xs):\n    out = ""\n    for x in xs:\n        out += str(x)\n    return out\n',
    'def f(xs):\n    out = 0\n    for x in xs:\n        out += x\n    return out\n',
  ],
  [
    'sort-in-loop',
    'a.ts',
    'for (const x of xs) { all.sort(); use(all[0], x); }',
    'for (const group of groups) { group.sort(); }',
  ],
  [
    'query-in-loop',
    'a.py',
    'for i in ids:\n    db.execute("SELECT a FROM b WHERE c = ?", (i,))\n',
    'db.execute("SELECT a FROM b")\nfor i in ids:\n    use(i)\n',
  ],
  [
    'regex-in-loop',
    'a.py',
    'for x in xs:\n    p = re.compile("a+")\n',
    'p = re.compile("a+")\nfor x in xs:\n    p.match(x)\n',
  ],
  [
    'commented-out-code',
    'a.ts',
    '// const x = compute(1);\n// use(x);\nrun();',
    '// The order matters here: first come, first served.\nrun();',
  ],
  [
    'debug-output',
    'a.ts',
    'export function f(x: number) { console.log(x); return x; }',
    'export function f(x: number) { console.error(x); return x; }',
  ],
  ['debugger-left', 'a.js', 'function f() { debugger; }', 'function f() { stop(); }'],
  ['absolute-home-path', 'a.py', 'p = "/home/anna/data.csv"\n', 'p = "data/data.csv"\n'],
  [
    'todo-without-owner',
    'a.go',
    'package a\n// TODO: faster\nfunc f() {}',
    'package a\n// TODO(anna): faster, see #12\nfunc f() {}',
  ],
  ['assignment-in-condition', 'a.js', 'if (x = 5) { f(); }', 'if (x === 5) { f(); }'],
  [
    'shadowed-builtin',
    'a.py',
    'def f():\n    list = g()\n    return list\n',
    'def f():\n    items = g()\n    return items\n',
  ],
];

describe('smells', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;

  before(async () => {
    facts = await realFacts();
  });

  const rulesIn = (path: string, content: string): string[] =>
    facts(path, content).smells.map(({ rule }) => rule);

  for (const [rule, path, bad, good] of cases) {
    it(`finds ${rule} in ${path}: ${bad.slice(0, 40).replaceAll('\n', ' ')}`, () => {
      assert.ok(rulesIn(path, bad).includes(rule), 'missed');
      assert.ok(!rulesIn(path, good).includes(rule), 'false alarm');
    });
  }
});

describe('vacuous tests', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;

  before(async () => {
    facts = await realFacts();
  });

  const vacuous: [path: string, content: string][] = [
    ['test_a.py', 'def test_a():\n    assert True\n'],
    ['test_a.py', 'def test_a():\n    x = 1\n    assert x == 1\n'],
    ['a.test.ts', "it('a', () => { expect(1).toBe(1); });"],
    ['a.test.ts', "it('a', () => { expect(f()); });"],
    ['ATest.java', 'class ATest { @Test void a() { assertTrue(true); } }'],
    ['a_test.go', 'package a\nfunc TestA(t *testing.T) { assert.Equal(t, 1, 1) }'],
    ['a.rs', '#[test]\nfn a() { assert_eq!(1, 1); }'],
    ['ATests.cs', 'class ATests { [Fact] public void A() { Assert.True(true); } }'],
    ['a_test.cpp', 'TEST(A, B) { EXPECT_EQ(1, 1); }'],
    [
      'ATest.php',
      '<?php class ATest extends TestCase { function testA() { $this->assertTrue(true); } }',
    ],
    ['a_spec.rb', "it 'a' do\n  expect(true).to eq(true)\nend\n"],
  ];

  for (const [path, content] of vacuous) {
    it(`has no effective assertion: ${content.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      const { tests } = facts(path, content);
      assert.equal(tests.length, 1);
      assert.ok((tests[0]?.assertions.length ?? 0) >= 1);
      assert.deepEqual(
        tests[0]?.assertions.filter(({ effective }) => effective),
        [],
      );
    });
  }

  it('gives copies that differ in literals the same shape', () => {
    const content =
      'def test_a():\n    assert f(1) == 2\n\ndef test_b():\n    assert f(3) == 4\n\ndef test_c():\n    assert g(3) > 4\n';
    const shapes = facts('test_x.py', content).tests.map(({ shape }) => shape);
    assert.equal(shapes[0], shapes[1]);
    assert.notEqual(shapes[0], shapes[2]);
  });
});
