/** What a check is said to be about, and for what it checks that. */
import assert from 'node:assert/strict';
import { realFacts } from '#test/support/engine.ts';

const script = (parameters: string, condition: string, then = "throw new Error('no');"): string =>
  `export function f(${parameters}) {\n  if (${condition}) {\n    ${then}\n  }\n  return g(1);\n}\n`;
const python = (condition: string, then = 'raise ValueError()'): string =>
  `class A:\n    def f(self, x, rows):\n        if ${condition}:\n            ${then}\n        return 1\n`;
const rust = (condition: string): string =>
  `fn f(near: &Near, u: usize, v: usize) -> bool {\n    if ${condition} {\n        return false;\n    }\n    true\n}\n`;

/** Of several conditions the one that compares is told, with what it compares. */
const checks: [path: string, content: string, said: string][] = [
  ['a.ts', script('', 'isClosed || waiting.size >= MOST'), 'bounds waiting'],
  ['a.ts', script('closed, n', 'closed || n < 0', 'return 0;'), 'negative n'],
  ['a.ts', script('rows', 'rows.length === 1', 'return rows[0];'), 'size rows'],
  ['a.ts', script('rows', '0 === rows.length'), 'empty rows'],
  ['a.ts', script('row', 'undefined === row', 'return;'), 'null row'],
  ['a.ts', script('order', '0 > order.total'), 'negative order.total'],
  ['a.ts', script('rows', 'rows.length === 0'), 'empty rows'],
  ['a.ts', script('rows', '!rows?.length', 'return;'), 'empty rows'],
  ['a.ts', script('rows', 'rows.length > 3'), 'size rows'],
  ['a.ts', script('rows, at', 'rows.length <= at', 'return;'), 'bounds at'],
  ['a.ts', script('data', 'data.byteLength > 0'), 'empty data'],
  ['a.ts', script('rows', 'rows.length > 0'), 'empty rows'],
  ['a.ts', script('list', 'list != null && !Array.isArray(list)'), 'type list'],
  ['a.ts', script('list', 'list !== undefined && list.length > 9'), 'size list'],
  ['a.ts', script('list', 'list?.[at] === undefined'), 'null list?.[at]'],
  ['a.ts', script('row', "row.state === 'rejected'"), 'other row.state'],
  ['a.ts', script('row', 'row.state === rejected'), 'other row.state'],
  ['a.ts', script('max, n', 'n > max'), 'bounds n'],
  ['a.ts', script('rows, at', 'rows[at] > max'), 'bounds rows[at]'],
  ['a.ts', script('x, y', 'distance(x, y) > limit'), 'bounds distance(x, y)'],
  ['a.ts', script('order', 'order.total < 0'), 'negative order.total'],
  ['a.ts', script('grid, x, y', 'grid[y].get(x) === null', 'return;'), 'null grid[y].get(x)'],
  ['a.ts', script('all, name', '!all.has(name)', 'return null;'), 'membership name'],
  ['a.ts', script('all, name', 'all.has(name)', 'return null;'), 'membership name'],
  ['a.ts', script('seen, name', 'seen.has(name)', 'return null;'), 'duplicate name'],
  ['a.ts', script('mail', "!mail.includes('@')"), 'other mail'],
  ['a.ts', script('user', '!user', 'return;'), 'falsy user'],
  ['a.ts', script('user', "typeof user !== 'string' || user.trim() === ''"), 'type user'],
  ['a.py', python('not self._closed'), 'other _closed'],
  ['a.py', python('not rows', 'return 0'), 'falsy rows'],
  ['a.py', python('len(rows) == 1', 'return 0'), 'size rows'],
  ['a.py', python('x in self.seen', 'return 0'), 'duplicate x'],
  ['a.py', python('rows is not None and not hasattr(rows, "add")'), 'type rows'],
  ['a.py', python('not valid(x.comma)'), 'other x.comma'],
  ['a.rs', rust('!near[u].contains(&v)'), 'membership v'],
  ['a.rs', rust('near[u].is_empty()'), 'empty near[u]'],
  ['a.rs', rust('v >= near.len()'), 'bounds v'],
  [
    'a.go',
    'package a\n\nfunc f(date string) error {\n\tif strings.Contains(date, "b") {\n\t\treturn errors.New("b")\n\t}\n\treturn nil\n}\n',
    'other date',
  ],
  [
    'a.cpp',
    'int f(Reader reader, char* line, int size, FILE* from) { if (reader(line + offset, (int)(size - offset), from, 0) == NULL) return 0; return 1; }',
    'null reader(…)',
  ],
  ['a.cpp', 'int f(Node* n) { if (!n) return 0; return 1; }', 'null n'],
  // Somebody is told, then the function ends.
  ['a.ts', script('user', '!user', "console.error('no user');\n    return;"), 'falsy user'],
  ['a.ts', script('user', '!user', "setError('no user');\n    return;"), 'falsy user'],
  ['a.ts', script('req, res', '!user', "res.status(404).send('no');\n    return;"), 'falsy user'],
  ['a.ts', script('req, res', '!user', 'return res.status(404).json({});'), 'falsy user'],
  ['a.py', python('user is None', 'return jsonify(error="no user"), 404'), 'null user'],
  ['a.py', python('len(rows) == 0', 'print("empty")\n            return 0'), 'empty rows'],
  [
    'a.go',
    'package a\n\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tuser, found := users[r.URL.Path]\n\tif user == nil {\n\t\thttp.Error(w, "no user", http.StatusNotFound)\n\t\treturn\n\t}\n\tshow(w, user)\n}\n',
    'null user',
  ],
  // What the program was called with.
  [
    'a.go',
    'package main\n\nfunc main() {\n\tif len(os.Args) != 2 {\n\t\tfmt.Fprintln(os.Stderr, "usage: count FILE")\n\t\tos.Exit(2)\n\t}\n\trun(os.Args[1])\n}\n',
    'size os.Args',
  ],
  [
    'a.ts',
    script('', 'process.argv.length < 3', "console.error('usage');\n    process.exit(2);"),
    'size process.argv',
  ],
  // What is given is put right.
  ['a.py', python('x > len(rows)', 'x = len(rows)'), 'bounds x'],
  [
    'a.go',
    'package a\n\nfunc f(rows []int, n int) []int {\n\tif n > len(rows) {\n\t\tn = len(rows)\n\t}\n\treturn rows[:n]\n}\n',
    'bounds n',
  ],
  ['a.ts', script('size', 'size < 1', 'size = 1;'), 'negative size'],
  ['a.py', python('rows is None', 'rows = []'), 'null rows'],
  // A value that has to be there.
  [
    'A.java',
    'class A { Order one(Long id) { return orders.findById(id).orElseThrow(() -> new NotFound("no if ")); } }',
    'null orders.findById(id)',
  ],
  [
    'A.cs',
    'class A { void F(Guid id) { var a = _accounts.Find(id) ?? throw new E("no if "); } }',
    'null _accounts.Find(id)',
  ],
  [
    'A.php',
    '<?php function f($id) { $a = find($id) ?? throw new E("no if "); return $a; }',
    'null find($id)',
  ],
  [
    'a.rb',
    'def one(id)\n  row = rows.find(id) or raise NotFound, "no if "\n  row.name\nend\n',
    'null rows.find(id)',
  ],
  [
    'a.rs',
    'fn f(mut args: Args) -> Result<String, &str> { let q = args.next().ok_or("no if ")?; Ok(q) }',
    'null args.next()',
  ],
  [
    'a.rs',
    'fn f(rows: &Rows, at: usize) -> u8 { let Some(row) = rows.get(at) else { return 0; }; row.n } // if ',
    'null rows.get(at)',
  ],
  // An answer of a call on what is given.
  ['a.py', python('not x.strip()', 'return []'), 'empty x.strip()'],
  ['a.py', python('x not in rows', 'return None'), 'membership x'],
];

/** `if (!force) return`: a way to go, which is no check. */
const branches: [path: string, content: string][] = [
  ['a.ts', script('force: boolean', '!force', 'return 1;')],
  ['a.ts', script('state', 'state.isClosed', 'return 1;')],
  ['a.ts', script('path', "path.includes('..')", 'return 1;')],
  ['a.ts', script('hour', 'hour % 24 >= 6 && hour % 24 <= 18', 'return 1;')],
  ['a.py', python('x == self.end', 'raise StopIteration')],
  ['a.ts', script('error', 'error', 'throw error;')],
  // Made when it is needed, counted and held as the largest so far.
  [
    'a.ts',
    script('cached', '!cached', 'cached = compute();\n    keep(cached);\n    return cached;'),
  ],
  ['a.py', python('x > rows', 'rows = x')],
  ['a.py', python('x > self.most', 'self.most = x')],
  ['a.ts', script('n, found', 'found.has(n)', 'count += 1;')],
  // How the work went.
  [
    'a.ts',
    script('err', "err instanceof Error && err.name === 'Denied'", 'logout();\n    return;'),
  ],
  ['a.py', python('attempt == 2', 'raise TimeoutError()')],
  [
    'a.go',
    'package a\n\nfunc f(r *R) error {\n\terrRead := r.read()\n\tif errRead == io.EOF {\n\t\treturn errRead\n\t}\n\treturn nil\n}\n',
  ],
];

describe('a check', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;
  before(async () => {
    facts = await realFacts();
  });
  const told = (path: string, content: string): string[] =>
    facts(path, content).guards.map(
      ({ kind, subject, compared }) => `${kind} ${compared ?? subject}`,
    );

  for (const [path, content, said] of checks)
    it(`is of ${said} in ${path}: ${content.split('if ')[1]?.split('\n')[0]}`, () => {
      assert.deepEqual(told(path, content), [said]);
    });

  it('fits any function where it holds one parameter against a constant, with a name or without', () => {
    const usual = (condition: string): boolean =>
      facts('a.ts', script('x, rows', condition)).guards.every((guard) => guard.usual === true);
    assert.deepEqual(
      [
        'x > 9',
        'x.length > MAX_LENGTH',
        'x > Limits.MAX_SIZE',
        'x > rows.length',
        'x > this.most',
      ].map(usual),
      [true, true, true, false, false],
    );
  });

  it('is no mere branch', () => {
    for (const [path, content] of branches) assert.deepEqual(told(path, content), [], content);
  });
});
