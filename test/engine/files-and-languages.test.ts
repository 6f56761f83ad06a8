import assert from 'node:assert/strict';

import type { SourceFile } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { realEngine } from '#test/support/engine.ts';

const js = `export function total(items) {
  let sum = 0;
  for (const item of items) {
    sum += item.price * item.count;
  }
  return sum;
}

export function label(item) {
  const name = item.name.trim();
  return name + ': ' + item.price.toFixed(2);
}
`;
const java = `package shop.vendor;

public class Vendor {
    private int total;

    public int add(int price, int count) {
        int cost = price * count;
        if (count > 10) {
            cost = cost - 1;
        }
        total = total + cost;
        return total;
    }
}
`;
const mit =
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software, to deal in the Software without restriction.\n';

function file(path: string, content: string): SourceFile {
  return { path, content };
}

describe('which files are the work', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const read = (...files: SourceFile[]): EngineResult =>
    run({ files }, { submission_type: 'project' });
  const leftOut = (result: EngineResult): Record<string, string> =>
    Object.fromEntries((result.left_out ?? []).map(({ path, reason }) => [path, reason]));

  const own: [name: string, files: SourceFile[]][] = [
    ['a package called vendor', [file('src/main/java/shop/vendor/Vendor.java', java)]],
    ['a package called target', [file('src/shop/target/Target.java', java)]],
    ['a module called build', [file('src/build/steps.js', js)]],
    ['an own jquery.js', [file('src/jquery.js', js)]],
    ['the bin folder of a program', [file('bin/run.js', js), file('package.json', '{}\n')]],
    ['a folder called coverage of an insurer', [file('src/coverage/policy.js', js)]],
    ['a program called todo', [file('todo.js', js), file('src/Todo.java', java)]],
    ['a program called like a document', [file('notice.js', js), file('src/License.java', java)]],
    ['a program whose name ends in rc', [file('src/arc.js', js), file('crc.js', js)]],
    ['a package called generated', [file('power/generated/watt.js', js)]],
  ];
  for (const [name, files] of own) {
    it(`${name} is`, () => {
      const paths = files.map(({ path }) => path).filter((path) => !path.endsWith('.json'));
      const out = leftOut(read(...files));
      assert.deepEqual(
        paths.filter((path) => path in out),
        [],
      );
    });
  }

  const foreign: [path: string, files: SourceFile[]][] = [
    ['target/Gen.java', [file('pom.xml', '<project/>'), file('target/Gen.java', java)]],
    [
      'App/obj/Gen.cs',
      [file('App/App.csproj', '<Project/>'), file('App/obj/Gen.cs', 'class A { }\n')],
    ],
    ['vendor/left/pad.js', [file('vendor/left/LICENSE', mit), file('vendor/left/pad.js', js)]],
    ['vendor/github.com/a/b/b.go', [file('vendor/github.com/a/b/b.go', 'package b\n')]],
    ['dist/a.js', [file('src/a.ts', js.replaceAll('items', 'all')), file('dist/a.js', js)]],
    [
      'out/a.js',
      [file('out/a.js', `Object.defineProperty(exports, '__esModule', { value: true });\n${js}`)],
    ],
    ['mvnw', [file('mvnw', '#!/bin/sh\nexec java\n')]],
    [
      'x/cmake-build-release/CMakeFiles/a.c',
      [file('x/cmake-build-release/CMakeFiles/a.c', 'int main() { return 0; }\n')],
    ],
    [
      'lib/big-1.2.3.js',
      [file('lib/big-1.2.3.js', `/*! big v1.2.3 | (c) Somebody | MIT licence */\n${js}`)],
    ],
    ['COPYING', [file('COPYING', mit)]],
    ['docs/terms.md', [file('docs/terms.md', mit)]],
    ['words.txt', [file('words.txt', 'alpha\nbeta\ngamma\n1234\n')]],
    ['requirements.txt', [file('requirements.txt', 'flask==3.0\n')]],
    [
      'config/environments/production.rb',
      [
        file(
          'config/environments/production.rb',
          'Rails.application.configure do\n  config.eager_load = true\n  # config.asset_host = "http://assets.example.com"\nend\n',
        ),
      ],
    ],
    [
      'manage.py',
      [
        file(
          'manage.py',
          'import sys\n\n\ndef main():\n    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n\n\nmain()\n',
        ),
      ],
    ],
  ];
  for (const [path, files] of foreign) {
    it(`${path} is not, and the result says why`, () => {
      const out = leftOut(read(file('src/own.js', js), ...files));
      assert.ok((out[path] ?? '').length > 5, JSON.stringify(out));
      assert.ok(!('src/own.js' in out));
    });
  }

  it('a licence changes no score', () => {
    const readme = file(
      'README.md',
      `# Basket\n\nThe function \`total\` adds up what the customers have put into their baskets, since the till needs one sum. It reads each price once, so that a basket of 10,000 things takes 3 ms, and \`label\` prints what stands on the shelf. If a basket is empty then the sum is zero, because nothing was bought. Both are used by the till of the shop, which calls them for each customer.\n`,
    );
    const scores = (result: EngineResult) =>
      result.path_scores.map(({ overall_score }) => overall_score);
    const without = read(file('src/a.js', js), readme);
    const withLicence = read(file('src/a.js', js), readme, file('LICENSE', mit));
    assert.deepEqual(scores(withLicence), scores(without));
  });
});

const snippets: [language: string, code: string][] = [
  [
    'swift',
    'import Foundation\n\nfinal class Basket {\n    private var items: [Item] = []\n\n    func add(_ item: Item) -> Int {\n        guard item.count > 0 else { return 0 }\n        items.append(item)\n        return items.count\n    }\n}\n',
  ],
  [
    'haskell',
    'module Basket where\n\nimport qualified Data.Map as Map\n\ntotal :: [Item] -> Int\ntotal items = sum (map cost items)\n  where\n    cost item = price item * count item\n',
  ],
  [
    'elixir',
    'defmodule Basket do\n  def total(items) do\n    items\n    |> Enum.map(fn item -> item.price * item.count end)\n    |> Enum.sum()\n  end\nend\n',
  ],
  [
    'lua',
    'local Basket = {}\n\nfunction Basket.total(items)\n  local sum = 0\n  for _, item in ipairs(items) do\n    sum = sum + item.price * item.count\n  end\n  return sum\nend\n\nreturn Basket\n',
  ],
  [
    'r',
    'total <- function(items) {\n  sums <- c()\n  for (i in seq_along(items)) {\n    sums[i] <- items$price[i] * items$count[i]\n  }\n  sum(sums)\n}\n',
  ],
  [
    'perl',
    'use strict;\nuse warnings;\n\nsub total {\n    my ($items) = @_;\n    my $sum = 0;\n    foreach my $item (@$items) {\n        $sum += $item->{price} * $item->{count};\n    }\n    return $sum;\n}\n',
  ],
  [
    'scala',
    'object Basket {\n  case class Item(name: String, price: Int)\n\n  def total(items: List[Item]): Int = {\n    items.map(_.price).sum\n  }\n}\n',
  ],
  [
    'sql',
    'SELECT name, SUM(price * count) AS total\nFROM items\nWHERE count > 0\nGROUP BY name\nORDER BY total DESC;\n',
  ],
  [
    'css',
    `/* of <?php ?> alike */\n${Array.from({ length: 40 }, (_, index) => `.row-${index} {\n  margin: ${index}px;\n}\n/* <?php $a = ${index}; */\n`).join('')}`,
  ],
  [
    'bash',
    'set -euo pipefail\nfor file in "$@"; do\n  if [[ ! -f "$file" ]]; then\n    echo "no $file" >&2\n    exit 1\n  fi\n  wc -l "$file"\ndone\n',
  ],
];

describe('code without a path', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const [language, code] of snippets) {
    it(`is ${language}, which is not judged`, () => {
      const result = run({ code });
      assert.deepEqual(result.languages, []);
      assert.equal(result.path_scores[0]?.overall_score, null);
      const unjudged = result.unjudged_languages?.map((item) => item.language);
      if (!['sql', 'css'].includes(language)) assert.deepEqual(unjudged, [language]);
    });
  }

  it('is TypeScript where only its grammar reads the text, with or without tags', () => {
    const typed = js.replace('(items)', '(items: readonly Item[])');
    assert.equal(run({ code: typed }).languages[0]?.language, 'typescript');
    assert.equal(run({ code: js }).languages[0]?.language, 'javascript');
    const tagged = `${typed}\nexport const Row = ({ item }: { item: Item }) => <li className="row">{label(item)}</li>;\n`;
    assert.equal(run({ code: tagged }).languages[0]?.language, 'tsx');
  });

  it('is a part of a method, cut out with its braces open', () => {
    const part = java.split('\n').slice(6, 11).join('\n');
    assert.equal(
      run({ code: `public int add(int price, int count) {\n${part}` }).languages[0]?.language,
      'java',
    );
  });
});

describe('a file that only looks like code', () => {
  const files: [path: string, content: string][] = [
    ['build.sbt', 'name := "shop"\n\nscalaVersion := "3.3.1"\n'],
    ['Shop.slnx', '<Solution>\n  <Project Path="Shop.csproj" />\n</Solution>\n'],
    ['web/Routes.razor', '<Router AppAssembly="typeof(App).Assembly">\n</Router>\n'],
    ['mail.text.erb', '<%= yield %>\n'],
    ['schema.prisma', 'model User {\n  id    Int    @id\n  email String @unique\n}\n'],
    ['meson.build', "project('shop', 'c')\nexecutable('shop', 'main.c')\n"],
  ];
  it('is in none of the languages, and not among those that are not judged', async () => {
    const run = await realEngine();
    for (const [path, content] of files) {
      const result = run({ files: [file('src/own.js', js), file(path, content)] });
      assert.deepEqual(
        result.languages.map(({ language }) => language),
        ['javascript'],
        path,
      );
      assert.deepEqual(result.unjudged_languages, [], path);
    }
  });
});

describe('sound TypeScript that the grammar takes for an error', () => {
  const sources: Record<string, string> = {
    'words that are keywords elsewhere, as names':
      'interface A {\n  abstract?: boolean;\n  accessor: string;\n  using(namespace: string): void;\n}\nexport function index(using: string, module: number): string {\n  return `${using}-${module}`;\n}\n',
    variance: 'export interface Box<in out T, out E = Error> {\n  value: T;\n  error: E;\n}\n',
    'export type *': "export type * from './a.js';\nexport const a = 1;\n",
  };
  it('is read without one', async () => {
    const grammars = await loadGrammars();
    for (const [name, content] of Object.entries(sources)) {
      const facts = extractFileFacts({ path: 'a.ts', content }, grammars);
      assert.equal(facts.errorShare, 0, name);
    }
    const named = extractFileFacts(
      { path: 'a.ts', content: Object.values(sources)[0] ?? '' },
      grammars,
    );
    assert.deepEqual(
      named.functions.map(({ name, parameters }) => [name, parameters.map((one) => one.name)]),
      [['index', ['using', 'module']]],
    );
  });
});
