import assert from 'node:assert/strict';

import type { SourceFile } from '#src/engine/contract.ts';
import { withoutIdleCalls } from '#src/engine/submission/idle-calls.ts';
import { metricOf, publishedRubric, realEngine, realExtract } from '#test/support/engine.ts';

/** In each language: two pure functions, one called for nothing in three ways, and two calls that do something. */
const programs: Record<string, SourceFile> = {
  javascript: {
    path: 'app.js',
    content:
      "function cut(text, limit) {\n  if (limit < 0) {\n    throw new RangeError('limit');\n  }\n  return text.slice(0, limit);\n}\nfunction check(text) {\n  if (!text) {\n    throw new TypeError('text');\n  }\n}\nfunction keep(list, text) {\n  list.push(text);\n}\nfunction run(text) {\n  cut('abc', 2);\n  const unused = cut('abc', 3);\n  check(text);\n  keep([], text);\n  return text;\n}\n",
  },
  python: {
    path: 'app.py',
    content:
      'def cut(text, limit):\n    if limit < 0:\n        raise ValueError("limit")\n    return text[:limit]\n\ndef check(text):\n    if text is None:\n        raise TypeError("text")\n\ndef keep(rows, text):\n    rows[0] = text\n\ndef run(text):\n    cut("abc", 2)\n    unused = cut("abc", 3)\n    check(text)\n    keep([], text)\n    return text\n',
  },
  java: {
    path: 'App.java',
    content:
      'class App {\n  String kept;\n  String cut(String text, int limit) {\n    if (limit < 0) {\n      throw new IllegalArgumentException("limit");\n    }\n    return text.substring(0, limit);\n  }\n  void check(String text) {\n    if (text == null) {\n      throw new IllegalArgumentException("text");\n    }\n  }\n  void keep(String text) {\n    this.kept = text;\n  }\n  String run(String text) {\n    cut("abc", 2);\n    String unused = cut("abc", 3);\n    check(text);\n    keep(text);\n    return text;\n  }\n}\n',
  },
  go: {
    path: 'app.go',
    content:
      'package app\n\nfunc cut(text string, limit int) string {\n\tif limit < 0 {\n\t\tpanic("limit")\n\t}\n\treturn text[:limit]\n}\n\nfunc check(text string) {\n\tif text == "" {\n\t\tpanic("text")\n\t}\n}\n\nfunc keep(rows []string, text string) {\n\trows[0] = text\n}\n\nfunc run(text string) string {\n\tcut("abc", 2)\n\t_ = cut("abc", 3)\n\tcheck(text)\n\tkeep(nil, text)\n\treturn text\n}\n',
  },
  ruby: {
    path: 'app.rb',
    content:
      "def cut(text, limit)\n  raise ArgumentError, 'limit' if limit < 0\n  text.slice(0, limit)\nend\n\ndef check(text)\n  raise ArgumentError, 'text' if text.nil?\nend\n\ndef keep(rows, text)\n  rows << text\n  rows[0] = text\nend\n\ndef run(text)\n  cut('abc', 2)\n  unused = cut('abc', 3)\n  check(text)\n  keep([], text)\n  text\nend\n",
  },
};

describe('a call for nothing', () => {
  let extract: Awaited<ReturnType<typeof realExtract>>;
  before(async () => {
    extract = await realExtract();
  });
  const usesOf = (file: SourceFile): string[] => {
    const [facts] = withoutIdleCalls([extract(file)], publishedRubric());
    const run = facts?.functions.find(({ name }) => name === 'run');
    const names = ['check', 'cut', 'keep'];
    return names.filter((name) => run?.mentions.includes(name));
  };

  for (const [language, program] of Object.entries(programs))
    it(`is told from one that checks or changes something in ${language}`, () => {
      assert.deepEqual(usesOf(program), ['check', 'keep']);
    });

  it('is a use once its answer is used, directly or through a variable', () => {
    const program = programs['javascript'] ?? assert.fail();
    const changes: [old: string, now: string][][] = [
      [['const unused =', 'return']],
      [['const unused =', 'text = text +']],
      [
        ['const unused =', 'const part ='],
        ['return text;', 'return part;'],
      ],
    ];
    for (const change of changes) {
      const content = change.reduce((text, [old, now]) => text.replace(old, now), program.content);
      assert.deepEqual(usesOf({ ...program, content }), ['check', 'cut', 'keep'], content);
    }
  });
});

describe('code that is only there to be counted', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const analysis = (...files: SourceFile[]) =>
    metricOf(run({ files }), 'problem_solving', 'analysis').score;

  const app: SourceFile = {
    path: 'app.js',
    content:
      'export function total(rows, rate) {\n  let sum = 0;\n  let weight = 0;\n  const names = [];\n  for (const row of rows) {\n    sum += row.price * rate;\n    weight += row.weight;\n    names.push(row.name);\n  }\n  if (sum > 100) {\n    sum -= discount(sum);\n  }\n  if (weight > 30) {\n    sum += weight * 2;\n  }\n  names.sort();\n  return { sum, names };\n}\nfunction discount(sum) {\n  const share = sum / 10;\n  return Math.min(share, 50);\n}\n',
  };
  const padding: SourceFile = {
    path: 'parcel.js',
    content: ['weighParcel', 'foldTicket', 'mendVoucher']
      .map(
        (name, i) =>
          `export function ${name}(parcel, stamp) {\n  if (parcel === null) {\n    throw new TypeError('parcel');\n  }\n${`  parcel = parcel.slice(${i});\n`.repeat(i + 1)}  return parcel.concat(stamp);\n}\n`,
      )
      .join('\n'),
  };
  const calling = (statement: string): SourceFile => ({
    ...app,
    content: app.content.replace('let sum = 0', `${statement};\n  let sum = 0`),
  });
  const test: SourceFile = {
    path: 'parcel.test.js',
    content:
      "import { weighParcel } from './parcel.js';\nit('weighs', () => {\n  expect(weighParcel('abc', 'd')).toBe('abcd');\n});\n",
  };

  it('earns nothing by a call for nothing', () => {
    assert.equal(analysis(app), 0);
    assert.equal(analysis(calling("weighParcel('abc', 2)"), padding), 0);
  });

  it('earns points once an answer of it is used', () => {
    const [first = ''] = padding.content.split('\n\n');
    const using = calling('rows = weighParcel(rows, rate)');
    assert.ok((analysis(using, { ...padding, content: first }) ?? 0) > 0);
  });

  it('earns nothing by its own tests, which count for nothing either', () => {
    assert.equal(analysis(app, padding, test), 0);
    const tested = metricOf(run({ files: [app, padding, test] }), 'technical', 'tests');
    assert.equal(tested.score, 0);
    assert.ok(tested.evidence.some(({ rule }) => rule === 'test_of_unused_code'));
  });

  it('earns nothing as a second name for a function', () => {
    const wrapper: SourceFile = {
      path: 'safely.js',
      content:
        "export function totalSafely(rows, rate) {\n  if (rows === undefined) {\n    throw new TypeError('rows');\n  }\n  return total(rows, rate);\n}\n",
    };
    assert.equal(analysis(app, wrapper), 0);
  });
});
