import assert from 'node:assert/strict';

import type { PathName, SourceFile } from '#src/engine/contract.ts';
import { metricOf, realEngine } from '#test/support/engine.ts';

describe('code that only seems to do something', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  const score = (files: SourceFile[], path: PathName, name: string): number | null =>
    metricOf(run({ files }), path, name).score;

  /** A library of three long functions, of which one calls the others under the names that are given. */
  const library = (names: readonly string[]): SourceFile => {
    const [parse, sort] = names;
    const steps = (at: number): string =>
      Array.from(
        { length: 20 },
        (_, step) => `  rows.push(text.slice(${at * step}, ${step}));\n`,
      ).join('');
    return {
      path: 'rows.js',
      content: `function ${parse}(text, rows) {\n${steps(1)}  return rows;\n}\n
function ${sort}(text, rows) {\n${steps(2)}  return rows.sort();\n}\n
export function collect(text, rows) {\n${steps(3)}  return sort(text, parse(text, rows));\n}\n`,
    };
  };

  it('is a closure inside of a function that nothing uses', () => {
    const beside = {
      path: 'late.js',
      content: `export function collectLate(milliseconds, text, rows) {
  const late = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('it took too long')), milliseconds);
  });
  return Promise.race([collect(text, rows), late]);
}

export function sortLate(milliseconds, text, rows) {
  const late = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('it took too long')), milliseconds);
  });
  return Promise.race([sort(text, rows), late]);
}
`,
    };
    const own = library(['parse', 'sort']);
    assert.equal(
      score([own, beside], 'design', 'modularity'),
      score([own], 'design', 'modularity'),
    );
  });

  it('is a branch that always comes out the same, which takes no decisions from the function that has them all', () => {
    const light = (at: number, branch: string): string =>
      `export function read${at}(rows) {\n${branch}  return rows[${at}] === '' ? null : rows[${at}];\n}\n`;
    const heavy = `export function total(rows, limit) {
  let sum = 0;
  for (const row of rows) {
    if (row.open) {
      for (const item of row.items) {
        if (item.price > limit) {
          if (item.count > 1) sum += item.price * item.count;
          else sum += item.price;
        } else if (item.free) {
          sum -= 1;
        }
      }
    } else if (row.late) {
      sum += read0(rows) + read1(rows) + read2(rows) + read3(rows);
    }
  }
  return sum;
}
`;
    const approach = (branch: string) => {
      const content = [0, 1, 2, 3].map((at) => light(at, branch)).join('\n') + heavy;
      return score([{ path: 'total.js', content }], 'problem_solving', 'approach');
    };
    const own = approach('');
    assert.ok(own !== null && own < 95, `${own}`);
    assert.equal(approach(`  if (Date.now() < 0) throw new Error('no time');\n`), own);
    assert.equal(approach(`  if (1 > 2) rows.reverse();\n`), own);
  });

  it('is a function that only refuses what any function could refuse, where nothing asks it', () => {
    const single = {
      path: 'escape.js',
      content: `export function escape(text) {
  let escaped = '';
  for (const sign of text) {
    if (sign === '<') escaped += '&lt;';
    else if (sign === '>') escaped += '&gt;';
    else if (sign === '&') escaped += '&amp;';
    else escaped += sign;
  }
  return escaped;
}
`,
    };
    const schema = {
      path: 'schema.js',
      content: `export const escapeSchema = {
  validate(input) {
    if (input === undefined) throw new TypeError('input is missing');
    if (input.length === 0) throw new RangeError('input is empty');
    return input;
  },
};
`,
    };
    assert.equal(
      score([single, schema], 'problem_solving', 'analysis'),
      score([single], 'problem_solving', 'analysis'),
    );
  });

  it('is a second name for a function', () => {
    const { content, path } = library(['parseCore', 'sortCore']);
    const hidden = {
      path,
      content: `${content}
function parse(text, rows) {
  return parseCore(text, rows);
}

function sort(text, rows) {
  return sortCore(text, rows);
}
`,
    };
    assert.equal(
      score([hidden], 'design', 'modularity'),
      score([library(['parse', 'sort'])], 'design', 'modularity'),
    );
  });

  /** Five functions that refuse something among a dozen that do not. */
  const raising = (condition: (at: number) => string): SourceFile => {
    const bodies = Array.from({ length: 12 }, (_, at) => {
      const check =
        at % 2 === 0 && at < 10
          ? `  if (${condition(at)}) throw new Error('part ${at} can not be told');\n`
          : '';
      return `function part${at}(rows, most) {\n${check}  return rows.slice(${at}, most).map((row) => row.total${' + 1'.repeat(at)});\n}\n`;
    });
    const calls = bodies.map((_, at) => `part${at}(rows, ${at})`).join(', ');
    return {
      path: 'rows.js',
      content: `${bodies.join('\n')}\nexport const all = (rows) => [${calls}];\n`,
    };
  };

  const debugging = (condition: (at: number) => string): number =>
    score([raising(condition)], 'problem_solving', 'debugging') ?? 0;

  it('is an error that asks nothing of what a function is given', () => {
    assert.equal(
      debugging(() => "String(1) !== '1'"),
      0,
    );
    assert.equal(
      debugging((at) => `round(${at}, 2) === 5`),
      0,
    );
  });

  it('is an error after one question in each function', () => {
    const apart = debugging(
      (at) => `rows[${at}].total > rows[0].total * ${at}${' + rows.size'.repeat(at)}`,
    );
    const outside = debugging(() => "process.env.MODE === 'broken'");
    const alike = debugging(() => 'rows[0].total > most');
    assert.ok(outside < apart - 3, `${outside} of ${apart}`);
    assert.ok(alike < apart - 3, `${alike} of ${apart}`);
  });

  const tested = (failure: (name: string) => string): SourceFile[] => {
    const names = ['first', 'second', 'third'];
    const functions = names.map(
      (name, at) => `export function ${name}(rows, most) {
  if (rows[${at}].total > most) throw new RangeError('${name} is too large');
  return rows.slice(${at}, most).map((row) => row.total${' + 1'.repeat(at)});
}
`,
    );
    const tests = names.map(
      (name, at) => `it('${name} cuts', () => {
  expect(${name}([{ total: ${at} }], 4)).toEqual([${at}]);
});

it('${name} refuses', () => {
  ${failure(name)}
});
`,
    );
    return [
      { path: 'rows.js', content: functions.join('\n') },
      {
        path: 'rows.test.js',
        content: `import { first, second, third } from './rows.js';\n\n${tests.join('\n')}`,
      },
    ];
  };

  it('is a test that some error comes of nothing, where each function has one', () => {
    const failures = (files: SourceFile[]): number =>
      metricOf(run({ files }), 'problem_solving', 'debugging').evidence.filter(
        ({ rule }) => rule === 'failure_test',
      ).length;
    assert.equal(failures(tested((name) => `expect(() => ${name}(undefined)).toThrow();`)), 0);
    assert.equal(failures(tested((name) => `expect(() => ${name}([], 4)).toThrow();`)), 3);
    assert.equal(
      failures(tested((name) => `expect(() => ${name}(undefined)).toThrow(TypeError);`)),
      3,
    );
  });

  const types = (...users: SourceFile[]): SourceFile[] => [
    {
      path: 'Store.java',
      content: `public interface Store {
  void keep(String row);
}
`,
    },
    {
      path: 'FileStore.java',
      content: `public class FileStore implements Store {
  private final List<String> rows = new ArrayList<>();

  public void keep(String row) {
    if (row.length() > 80) throw new IllegalArgumentException("too long: " + row);
    rows.add(row.trim());
    write(rows, row.length());
  }

  private void write(List<String> all, int size) {
    for (String one : all) Log.append(one, size);
    Log.close(size);
  }
}
`,
    },
    ...users,
  ];
  const credited = (files: SourceFile[]): string[] =>
    metricOf(run({ files }), 'design', 'abstraction')
      .evidence.filter(({ points }) => points > 0)
      .map(({ description }) => description)
      .filter((text) => text.includes('stands for'));

  it('is an interface that only its one implementer names', () => {
    assert.deepEqual(credited(types()), []);
  });

  it('is no interface that somebody is written against', () => {
    const user = {
      path: 'Shop.java',
      content: `public class Shop {
  private final Store store;

  Shop(Store store) {
    this.store = store;
  }

  public void sell(String name) {
    if (name.isEmpty()) throw new IllegalArgumentException("no name");
    store.keep(name);
  }
}
`,
    };
    assert.deepEqual(credited(types(user)), ['`Store` stands for 1 type of the submission.']);
  });

  it('is no interface by which one of a kind hands on to the next', () => {
    const [asked, made] = types();
    assert.ok(asked && made);
    const chained = made.content
      .replace('  private final', '  private Store next;\n  private final')
      .replace('    write(', '    next.keep(row);\n    write(');
    assert.deepEqual(credited([asked, { ...made, content: chained }]), [
      '`Store` stands for 1 type of the submission.',
    ]);
  });

  it('is no page that a framework answers with', () => {
    const page = {
      path: 'src/app/(shop)/cart/page.tsx',
      content: `import Link from 'next/link';
import { rowsOf } from '../../../rows';

export default function Cart({ order }: { order: Order }) {
  const rows = rowsOf(order);
  return <ul>{rows.map((row) => <Link key={row.id} href={row.path} />)}</ul>;
}
`,
    };
    const rows = {
      path: 'src/rows.ts',
      content: `export function rowsOf(order: Order): Row[] {
  if (order.lines.length > order.most) {
    throw new RangeError('too many lines');
  }
  return order.lines.filter((line) => line.count > 0);
}
`,
    };
    const start = {
      path: 'src/seed.ts',
      content: `function main() {
  const names = process.argv.slice(2);
  for (const name of names) console.log(shown(name));
}

function shown(name: string): string {
  const words = name.split('-').filter((word) => word !== '');
  return words.map((word) => word.toUpperCase()).join(' ');
}

main();
`,
    };
    const said = JSON.stringify(run({ files: [page, rows, start] }));
    assert.doesNotMatch(said, /nothing that starts the program/);
  });
});
