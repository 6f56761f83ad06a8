import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';
import { packagesOfSeveralFiles } from '#test/support/gaming/projects.ts';

const fine: [what: string, content: string, path?: string][] = [
  [
    'a text that may be no JSON',
    'export function read(text: string) {\n  try {\n    return JSON.parse(text);\n  } catch {}\n  return null;\n}\n',
  ],
  [
    'a file that may not be there',
    'export function size(path: string) {\n  try {\n    return fs.statSync(path).size;\n  } catch {}\n  return 0;\n}\n',
  ],
  [
    'a promise that is only waited for',
    'export async function after(result: Promise<void>) {\n  try {\n    await result;\n  } catch {}\n  next();\n}\n',
  ],
  [
    'two statements with a reason',
    'export function tune(socket: Socket) {\n  try {\n    socket.setWindow(3);\n    socket.flush();\n  } catch {\n    // Best effort only.\n  }\n}\n',
  ],
  [
    'columns and aliases in a query',
    'export const list = (key: string, row: string) => db.query(`select a.id, ${key} as key, ${row} from a where ${row}.id = 1`);\n',
  ],
  [
    'a number in a query',
    'export const list = (count: number) => db.query(`select id from a limit ${count}`);\n',
  ],
  [
    'a part of a query',
    'export const same = (name: string) => `(select count(*) from a where a.name = ${name})`;\n',
  ],
  [
    'a built-in under its own name',
    "const process = require('node:process');\nconst Date = global.Date;\nconst { Promise } = require('./promise');\n",
  ],
  [
    'a question that is answered by what is returned',
    'export function isSet(x: unknown) {\n  if (!x) return false;\n  try {\n    size.call(x);\n    return x instanceof Set;\n  } catch {}\n  return false;\n}\n',
  ],
  [
    'a question within another one',
    'export function isMap(x: unknown) {\n  try {\n    size.call(x);\n    try {\n      has.call(x);\n    } catch {\n      return true;\n    }\n    return x instanceof Map;\n  } catch (e) {}\n  return false;\n}\n',
  ],
  [
    'a value that has another one before',
    "export function offset(getter: Getter, value: unknown) {\n  let found: number | null = null;\n  try {\n    const given = getter(value);\n    if (typeof given === 'number') found = given;\n  } catch {}\n  return found;\n}\n",
  ],
  [
    'a property that may not be set',
    'export function tagOf(value: Tagged) {\n  try {\n    value[tag] = undefined;\n    var unmasked = true;\n  } catch {}\n  return unmasked ? plain(value) : own(value);\n}\n',
  ],
  [
    'a module that may not be there',
    'export async function extensions(names: string[]) {\n  const found = [];\n  for (const name of names) {\n    try {\n      const mod = await import(name);\n      if (mod.extension) found.push(mod.extension);\n    } catch {}\n  }\n  return found;\n}\n',
  ],
  [
    'a console that may not write',
    'export function log(messages: string[]) {\n  try {\n    Function.prototype.apply.call(console.log, console, messages);\n  } catch {}\n}\n',
  ],
  [
    'a question about an error that answers at once',
    'export async function read(url: string) {\n  try {\n    return (await axios.get(url)).data;\n  } catch (error) {\n    if (axios.isAxiosError(error)) return null;\n    throw error;\n  }\n}\n',
  ],
  [
    'a password that has to hold some characters, in JavaScript',
    "export function isValidPassword(text: string) {\n  if (!/[A-Z]/.test(text)) throw new Error('no capital');\n  if (!/\\d/.test(text)) throw new Error('no digit');\n  return /[!@#$%^&*]/.test(text);\n}\n",
  ],
  [
    'a password that has to hold some characters, in Python',
    "import re\n\n\ndef validate_password(text):\n    if not re.search(r'[A-Z]', text):\n        raise ValueError('no capital')\n    if not re.search(r'\\d', text):\n        raise ValueError('no digit')\n    return text\n",
    'src/a.py',
  ],
  [
    'a list of work that the loop appends to',
    'export function walk(open: Place[]) {\n  for (const place of open) {\n    for (const next of place.near) {\n      if (!next.seen) open.push(next);\n    }\n  }\n}\n',
  ],
  [
    'a loop that a function inside moves on',
    "export function parse(text: string) {\n  let at = 0;\n  const found: string[] = [];\n  function next() {\n    found.push(text[at] ?? '');\n    at++;\n  }\n  while (at < text.length) {\n    next();\n  }\n  return found;\n}\n",
  ],
  [
    'the end of an iteration, as compilers write it',
    'export function each(list, use) {\n  var error;\n  try {\n    for (const one of list) use(one);\n  } catch (e_1) {\n    error = { error: e_1 };\n  } finally {\n    if (error) throw error.error;\n  }\n}\n',
    'src/a.js',
  ],
  [
    'nothing in the one case and something in the other',
    'export function move(at: number, end: number) {\n  if (at === end);\n  else {\n    use(at);\n  }\n}\n',
  ],
  ['the sign of zero', 'export const zero = (sign: number) => sign * 0;\n'],
  ['a name as a value', "export const names = { allPass: 'overEvery', anyPass: 'overSome' };\n"],
  [
    'a merge of one level',
    'export function merge(target, source) {\n  for (const key of Object.keys(source)) {\n    target[key] = source[key];\n  }\n  return target;\n}\n',
    'src/a.js',
  ],
  [
    'a constant in one function and a variable of its name in another',
    'export function first(list) {\n  const found = list[0];\n  return found;\n}\n\nexport function last(list) {\n  let found = null;\n  for (const one of list) found = one;\n  return found;\n}\n',
    'src/a.js',
  ],
  [
    'a constant that a parameter hides',
    'const step = 2;\n\nexport function scale(list, step) {\n  step += 1;\n  return list.map((one) => one * step);\n}\n\nexport const twice = (one) => one * step;\n',
    'src/a.js',
  ],
  [
    'a middleware that either refuses or goes on',
    "export function check(req, res, next) {\n  if (!req.user) {\n    next(new Error('nobody'));\n  } else {\n    next();\n  }\n}\n",
    'src/a.js',
  ],
  [
    'a search of a list by what is sent',
    'export function find(req, res) {\n  const known = names.find((name) => name === req.body.name);\n  res.json(known);\n}\n',
    'src/a.js',
  ],
  [
    'a buffer of bytes',
    '#include <stdlib.h>\nchar *copy(int n) {\n  char *text = malloc(n + 1);\n  return text;\n}\nint *raw(int size) {\n  int *list = malloc(size);\n  return list;\n}\n',
    'src/a.c',
  ],
  [
    'a class whose destructor only derived classes call',
    'class Shape {\npublic:\n  virtual double area() const = 0;\nprotected:\n  ~Shape() = default;\n};\nclass Square : public Shape {\npublic:\n  double area() const override { return 4.0; }\n};\nvoid drop(Square* one) { delete one; }\n',
    'src/a.cpp',
  ],
  [
    'a file that is looked for',
    'export async function up(folders: string[]) {\n  for (const folder of folders) {\n    try {\n      const stats = await fs.stat(folder);\n      if (stats.isFile()) return folder;\n    } catch {}\n  }\n  return null;\n}\n',
  ],
  [
    'a function for each match',
    'export function count(text: string) {\n  let found = 0;\n  text.replace(/%[a-z]/g, (match) => {\n    found += 1;\n    return match;\n  });\n  return found;\n}\n',
  ],
  ['a number of 32 bits', 'export const short = (h: number) => h & h;\n'],
  [
    'a number that is shifted until it is small',
    'export function write(val: number, out: number[]) {\n  while (val > 127) {\n    out.push(val & 127);\n    val >>>= 7;\n  }\n}\n',
  ],
  [
    'a step that may be negative',
    'export function range(from: number, to: number, step: number) {\n  const all = [];\n  for (let i = from; i > to; i += step) all.push(i);\n  return all;\n}\n',
  ],
  [
    'a counter that is set by its loop',
    'int find(const char* name) {\n    int i;\n\n    note(3, "find(%s)", name);\n    for (i = 1; i < 9; i++)\n        if (is(i, name)) return i;\n    return -1;\n}\n',
    'src/a.cpp',
  ],
  [
    'a list of texts behind a macro',
    'class Reader {\npublic:\n  API std::vector<std::string> Sections() const;\n};\n',
    'src/a.cpp',
  ],
  [
    'a promise that never fails',
    'async function close(one: Iterator) {\n  try {\n    await one.return?.();\n  } catch {}\n}\n\nexport async function run(one: Iterator) {\n  close(one);\n  return await one.next();\n}\n',
  ],
  [
    'a file that only some systems have',
    "export function collect(gauge: Gauge) {\n  try {\n    const files = fs.readdirSync('/proc/self/fd');\n    gauge.set(files.length - 1);\n  } catch {\n    // noop\n  }\n}\n",
  ],
  [
    'the head of a file that may not be there',
    "export function head(path: string) {\n  const buffer = Buffer.alloc(150);\n  try {\n    const file = fs.openSync(path, 'r');\n    fs.readSync(file, buffer, 0, 150, 0);\n    fs.closeSync(file);\n  } catch (e) { /* Empty */ }\n  return String(buffer);\n}\n",
  ],
  [
    'a connection that is asked not to verify',
    "export function optionsOf(mode: string) {\n  switch (mode) {\n    case 'no-verify':\n      return { rejectUnauthorized: false };\n    default:\n      return {};\n  }\n}\n",
  ],
  [
    'a hash that a protocol asks for',
    'export const postgresMd5PasswordHash = (user: string, password: string) => md5(password + user);\n',
  ],
  [
    'a helper of a class body',
    "class Lexer:\n    def make_rules():\n        return {'a': 1}\n\n    rules = make_rules()\n",
    'src/a.py',
  ],
  [
    'a cache as a default on purpose',
    'def load(path, _cache={}):\n    if path not in _cache:\n        _cache[path] = read(path)\n    return _cache[path]\n',
    'src/a.py',
  ],
  [
    'a file that is closed where it is opened',
    'def touch(path):\n    open(path, "w").close()\n',
    'src/a.py',
  ],
];
const wrong: [rule: string, content: string, path?: string][] = [
  [
    'swallowed-everything',
    'export async function pay(order: Order) {\n  try {\n    const bill = await charge(order);\n    await save(bill);\n    await mail(order, bill);\n  } catch {}\n}\n',
  ],
  [
    'swallowed-everything',
    'export async function pay(order: Order) {\n  try {\n    await charge(order, 3);\n  } catch {}\n}\n',
  ],
  [
    'swallowed-everything',
    'export function add(price: number) {\n  try {\n    shown.value = total(prices) + price;\n  } catch {}\n}\n',
  ],
  [
    'swallowed-everything',
    'export function saveAll(orders: Order[]) {\n  try {\n    for (const order of orders) save(order);\n  } catch {}\n}\n',
  ],
  [
    'swallowed-everything',
    'export async function find(id: string) {\n  try {\n    return await users.load(id);\n  } catch {}\n  return null;\n}\n',
  ],
  [
    'changed-while-iterated',
    'export function grow(list: number[]) {\n  for (const one of list) {\n    list.push(one * 2);\n  }\n}\n',
  ],
  [
    'changed-while-iterated',
    'export function drop(list: number[]) {\n  for (const one of list) {\n    if (one < 0) list.splice(list.indexOf(one), 1);\n  }\n}\n',
  ],
  [
    'endless-loop',
    'export function count(text: string) {\n  let at = 0;\n  const use = (other: number) => other + 1;\n  while (at < text.length) {\n    use(3);\n  }\n  return at;\n}\n',
  ],
  ['unclosed-resource', 'def first(path):\n    return open(path).read()\n', 'src/a.py'],
  ['missing-self', 'class Lexer:\n    def make_rules():\n        return {}\n', 'src/a.py'],
  [
    'sql-injection',
    'export const list = (name: string) => db.query(`select id from a where name = ${name}`);\n',
  ],
  [
    'sql-injection',
    "export const list = (name: string) => db.query(`select id from a where name = '${name}' limit 3`);\n",
  ],
  [
    'sql-injection',
    'export const add = (name: string) => db.query(`insert into a (id, name) values (1, ${name})`);\n',
  ],
];

describe('what well-kept scripts do', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;

  before(async () => {
    facts = await realFacts();
  });

  const rulesIn = (content: string, path = 'src/a.ts'): string[] =>
    facts(path, content)
      .smells.filter(({ group }) => group === 'correctness' || group === 'security')
      .map(({ rule }) => rule);

  for (const [what, content, path] of fine)
    it(`is no mistake: ${what}`, () => {
      assert.deepEqual(rulesIn(content, path), []);
    });

  for (const [rule, content, path] of wrong)
    it(`is told from ${rule}: ${content.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(rulesIn(content, path), [rule]);
    });

  it('holds of packages that many rely on: at most one alarm in 10,000 lines', () => {
    let lines = 0;
    const alarms: string[] = [];
    for (const { name, files } of packagesOfSeveralFiles().filter((_, at) => at % 3 === 0))
      for (const { path, content } of files) {
        const file = facts(path, content);
        if (file.role !== 'source') continue;
        lines += file.nloc;
        for (const { rule, group, severity, startLine } of file.smells)
          if ((group === 'correctness' || group === 'security') && severity >= 3)
            alarms.push(`${rule} ${name}/${path}:${startLine}`);
      }
    assert.ok(lines > 8_000, String(lines));
    assert.ok(alarms.length <= lines / 10_000, `${lines} lines\n${alarms.join('\n')}`);
  });
});
