/** Sentences that were said of honest code and were not true of it, or not fair. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { PathName } from '#src/engine/contract.ts';
import { metricOf, realEngine } from '#test/support/engine.ts';
import { packagesOfSeveralFiles } from '#test/support/gaming/projects.ts';

const find = `package store

import "fmt"

type NotFound struct {
	Name string
}

func (e *NotFound) Error() string {
	if e.Name == "" {
		return "not found"
	}
	return fmt.Sprintf("%s not found", e.Name)
}

func Find(path string, name string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for at, line := range strings.Split(string(text), "\\n") {
		if line == name {
			return at, nil
		}
	}
	return 0, &NotFound{name}
}
`;

describe('what is said of', () => {
  let said: (path: string, content: string, of: [PathName, string]) => string[];
  let reasonFor: (files: { path: string; content: string }[]) => string;
  let unused: (files: { path: string; content: string }[]) => string[];
  let clarity: (readme: string) => string[];
  let all: (files: { path: string; content: string }[]) => string[];
  before(async () => {
    const run = await realEngine();
    said = (path, content, [name, metric]) =>
      metricOf(run({ files: [{ path, content }] }), name, metric).evidence.map(
        ({ rule, description }) => `${rule} ${description}`,
      );
    reasonFor = (files) =>
      run({ files }, { submission_type: 'project' }).path_scores[0]?.reason ?? '';
    unused = (files) =>
      run({ files }, { submission_type: 'project' }).path_scores.flatMap(({ metrics }) =>
        metrics.flatMap(({ evidence }) =>
          evidence
            .filter(({ rule }) => rule === 'dead_function' || rule === 'unused_code')
            .map(({ description }) => description),
        ),
      );
    clarity = (content) =>
      metricOf(
        run({ files: [{ path: 'README.md', content }] }),
        'communication',
        'clarity',
      ).evidence.map(({ rule, description }) => `${rule} ${description}`);
    all = (files) =>
      metricOf(run({ files }), 'collaboration', 'documentation').evidence.map(({ rule }) => rule);
  });
  const documentation: [PathName, string] = ['collaboration', 'documentation'];

  it('methods whose promise the language states: no word on a missing doc block', () => {
    const of = said('store.go', find, documentation);
    assert.ok(of.includes('no_doc_block `Find` has no doc block.'), of.join('\n'));
    assert.ok(of.every((fact) => !fact.includes('`Error`')));
    const shape =
      'public class Shape {\n  private int side;\n  @Override public int area() { int a = side * side; if (a > 3) { return a; } return 0; }\n  @Override public String toString() { String text = "side " + side; return text; }\n  public int grow(int by) { side += by; by += 1; return side * by; }\n}\n';
    assert.deepEqual(
      said('Shape.java', shape, documentation).filter((fact) => fact.startsWith('no_doc_block')),
      ['no_doc_block `grow` has no doc block.', 'no_doc_block `Shape` has no doc block.'],
    );
  });

  it('an error that is only handed on: not that failures are told apart', () => {
    const more = (name: string, call: string): string =>
      `\nfunc ${name}(path string) error {\n\tfile, err := ${call}\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn use(file, path)\n}\n`;
    const code = `${find}${more('Add', 'os.Create(path)')}${more('Show', 'os.Open(path)')}`;
    const of = said('store.go', code, ['problem_solving', 'debugging']);
    assert.deepEqual(
      [...new Set(of.filter((fact) => fact.startsWith('handler_')))],
      ['handler_rethrow Passes an error on to whoever called.'],
    );
  });

  it('an error in Go that is dealt with: no handler of its own kind', () => {
    const load =
      'package store\n\nfunc Load(path string) string {\n\ttext, err := os.ReadFile(path)\n\tif err != nil {\n\t\tlog.Printf("%s: %v", path, err)\n\t\treturn fallback(path)\n\t}\n\treturn string(text)\n}\n';
    const of = said('store.go', load, ['technical', 'error_handling']);
    assert.deepEqual(of, [
      'fallible_io `os.ReadFile` is guarded: what it fails with is looked at.',
    ]);
  });

  it('errors that are named: that failures are told apart', () => {
    const load =
      'import json\n\n\ndef load(path):\n    try:\n        with open(path) as file:\n            return json.load(file)\n    except FileNotFoundError:\n        return make(path)\n    except json.JSONDecodeError as error:\n        raise BadOrders(path) from error\n    except Exception:\n        report(path)\n        raise\n\n\ndef report(path):\n    if not path:\n        raise ValueError(path)\n    print(path)\n';
    const of = said('load.py', load, ['problem_solving', 'debugging']);
    assert.deepEqual(
      of.filter((fact) => fact.startsWith('handler_')),
      [
        'handler_typed Tells failures apart: handles FileNotFoundError and deals with it.',
        'handler_rethrow Tells failures apart: handles json.JSONDecodeError and passes it on.',
        'handler_rethrow Passes an error on to whoever called.',
      ],
    );
  });

  const load = (doc: string): string =>
    `import json\n\n\ndef load(path):\n    """${doc}"""\n    with open(path) as file:\n        orders = json.load(file)\n    return [order for order in orders if order]\n\n\ndef total(path):\n    result = 0\n    for order in load(path):\n        if order["price"] > 0:\n            result += order["price"]\n        else:\n            result -= 1\n    return result\n\n\nprint(total("orders.json"))\n`;
  const reproach = 'doc_restates_name `load` has a doc block that adds too little to its name.';

  it('a short and true doc block: no reproach', () => {
    for (const doc of ['Reads the orders of a file.', 'Orders that are not empty.'])
      assert.deepEqual(
        said('load.py', load(doc), documentation).filter((fact) => fact.includes('doc block')),
        ['no_doc_block `total` has no doc block.'],
        doc,
      );
  });

  it('a doc block that says the name again: the reproach', () => {
    for (const doc of [
      'Loads.',
      'This function loads and returns.',
      'Performs the loading.',
      'This is the load function, which is called to load what it is given. It executes the method, handles the instance, and returns the object that the function provides.',
    ])
      assert.ok(said('load.py', load(doc), documentation).includes(reproach), doc);
  });

  it('a doc block that was made like others, short and true: no reproach', () => {
    const names = ['origin', 'query', 'socket', 'length', 'charset', 'protocol'];
    const methods = names
      .map(
        (name, at) =>
          `  /** Gets the ${name} of this request. */\n  ${name}(): string {\n    const all = this.read(${at});\n    if (all.length > ${at}) return all;\n    return this.${names[at - 1] ?? 'base'} + all;\n  }\n`,
      )
      .join('\n');
    const code = `export class Request {\n${methods}\n  private read(at: number): string {\n    let text = '';\n    for (const part of this.parts) {\n      if (part.at > at) text += part.text;\n    }\n    return text;\n  }\n}\n`;
    const of = said('request.ts', code, documentation);
    assert.deepEqual(
      of.filter((fact) => fact.startsWith('doc_restates_name')),
      [],
      of.join('\n'),
    );
  });

  it('what a call in C gives, when it is looked at: that it is', () => {
    const read = (check: string): string =>
      `#include <stdio.h>\nint size(const char* path) {\n  FILE* file;\n  file = fopen(path, "r");\n${check}  int all = 0;\n  for (int at = 0; at < 9; at++) {\n    if (at > 3) all += at;\n  }\n  return all + use(file);\n}\n`;
    const guarded = '`fopen` is guarded: what it fails with is looked at.';
    for (const check of ['  if (!file) return -1;\n', '  if (file == NULL) return -1;\n'])
      assert.deepEqual(said('size.c', read(check), ['technical', 'error_handling']), [
        `fallible_io ${guarded}`,
      ]);
    assert.deepEqual(said('size.c', read(''), ['technical', 'error_handling']), [
      'fallible_io `fopen` can fail, and nothing in the submission is ready for it.',
    ]);
  });

  it('a message for whoever uses it, and what a switch turns on: no debug output', () => {
    const prints = (line: string): string =>
      `class Grid:\n    def __init__(self, side, debug):\n        self.debug = debug\n        if side <= 0:\n${line}            side = 9\n        self.side = side\n        self.cells = [[0] * side for _ in range(side)]\n\n    def area(self):\n        return self.side * self.side\n`;
    const tidy: [PathName, string] = ['collaboration', 'team_orientation'];
    const message = '            print("The side must be greater than zero.")\n';
    const switched = '            if self.debug:\n                print(side, self)\n';
    const left = '            print(side, self)\n';
    for (const line of [message, switched])
      assert.deepEqual(said('grid.py', prints(line), tidy), [], line);
    assert.deepEqual(said('grid.py', prints(left), tidy), [
      'debug-output Output for debugging is left in code that is not a command-line program.',
    ]);
  });

  it('an iterator that is at its end: no error of its own', () => {
    const code =
      'class Rows:\n    def __next__(self):\n        row = self.read()\n        if row is None:\n            raise StopIteration\n        return row\n\n    def first(self):\n        for row in self.rows:\n            return row\n        raise LookupError("no row")\n\n    def find(self, name):\n        found = [row for row in self.rows if row.name == name]\n        if len(found) > 1:\n            raise ValueError(name)\n        return found\n\n    def drop(self, at):\n        try:\n            return self.rows.pop(at)\n        except IndexError as error:\n            raise KeyError(at) from error\n\n    def read(self):\n        return self.rows.pop() if self.rows else None\n';
    const of = said('rows.py', code, ['problem_solving', 'debugging']);
    assert.ok(of.length > 0 && of.every((fact) => !fact.includes('__next__')), of.join('\n'));
  });

  it('a version history: not that it says what this is', () => {
    const code =
      'def total(orders):\n    result = 0\n    for order in orders:\n        if order.price > 0:\n            result += order.price\n    return result\n\n\nprint(total([]))\n';
    const log =
      '# Changes\n\n## Features\n\n- `total` leaves out each of the `orders` that has no price, which was asked for.\n';
    const run = (path: string): string[] =>
      all([
        { path: 'total.py', content: code },
        { path, content: log },
      ]);
    assert.ok(run('README.md').some((fact) => fact.startsWith('readme_what')));
    assert.ok(run('CHANGELOG.md').every((fact) => !fact.startsWith('readme_')));
  });

  it('a long file with a licence and a version in the code below: not that it is a library', () => {
    const head =
      '/* Kilo: a small editor.\n *\n * Copyright (C) 2016 Anna\n *\n * Redistribution in source and binary forms is permitted under this licence.\n */\n\n#define VERSION "0.0.1"\n';
    const body = Array.from(
      { length: 210 },
      (_, at) =>
        `int row${at}(int a) {\n  int b = a * ${at};\n  if (b > ${at}) {\n    return b;\n  }\n  return a;\n}\n`,
    ).join('\n');
    assert.notEqual(reasonFor([{ path: 'kilo.c', content: head + body }]), 'vendored');
    const library = head.replace('a small editor.', 'v1.2.3') + body;
    const files = [
      { path: '.gitignore', content: 'kilo\n' },
      { path: 'kilo.c', content: library },
    ];
    assert.match(reasonFor(files), /kilo\.c is left out, since it carries the banner/);
  });

  it('a word of the trade: not that it praises', () => {
    const of = (line: string): string[] =>
      clarity(
        `# Numbers\n\nThe numbers that come in are read one by one and are put into a list for each of the users that asked. ${line} What is left over in the end is put back and is read again in the next round of the program. Nobody has to wait for it, since the rounds are short and follow one another without a break.\n`,
      );
    const praise = 'empty_praise Praises without saying what, where or how much.';
    assert.ok(!of('Numbers may have leading zeroes here.').includes(praise));
    assert.ok(of('This amazing program is robust.').includes(praise));
  });

  it('a setter and what is given back by default: no switch', () => {
    const flags = (name: string, parameter: string): string[] =>
      said(
        'Options.java',
        `public class Options {\n  private boolean kept;\n  private int size;\n  public Options ${name}(boolean ${parameter}) {\n    kept = ${parameter};\n    size += ${parameter} ? 1 : 2;\n    return this;\n  }\n  public int area(int by) {\n    int sum = 0;\n    for (int at = 0; at < by; at++) {\n      sum += kept ? at : size;\n    }\n    return sum;\n  }\n}\n`,
        ['design', 'interfaces'],
      ).filter((fact) => fact.startsWith('flag_parameter'));
    assert.deepEqual(flags('setTabs', 'tabs'), []);
    assert.deepEqual(flags('visit', 'value'), []);
    assert.deepEqual(flags('print', 'tabs').length, 1);
  });

  it('what the iteration of a published package calls: not that nothing needs it', () => {
    const tar = packagesOfSeveralFiles().find(({ name }) => name === 'tar-stream');
    assert.ok(tar);
    const path = 'index.d.ts';
    const types = new URL(`../../node_modules/tar-stream/${path}`, import.meta.url);
    assert.deepEqual(
      unused([...tar.files, { path, content: readFileSync(types, 'utf8') }]).filter((fact) =>
        /`(onnext|throw)`/.test(fact),
      ),
      [],
    );
  });
});
