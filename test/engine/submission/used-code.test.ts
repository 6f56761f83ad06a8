import assert from 'node:assert/strict';

import type { SourceFile } from '#src/engine/contract.ts';
import { reachOf } from '#src/engine/submission/reach.ts';
import { linkTests } from '#src/engine/submission/test-links.ts';
import { usedCode } from '#src/engine/submission/used-code.ts';
import { metricOf, publishedRubric, realEngine, realExtract } from '#test/support/engine.ts';

const body = 'if (value < 0) {\n    throw new Error("negative");\n  }\n  return value * 2;';

/** A program in each language: what `main` calls, and what nobody calls. */
const programs: Record<string, SourceFile> = {
  python: {
    path: 'app.py',
    content:
      'class Store:\n    def __init__(self):\n        self.rows = []\n\n    def keep(self, row):\n        check(row)\n        self.rows.append(row)\n\n    def __len__(self):\n        count = len(self.rows)\n        return count\n\ndef check(row):\n    if row is None:\n        raise ValueError("no row")\n    return row\n\ndef idle(row):\n    if row is None:\n        raise ValueError("no row")\n    return row * 2\n\nif False:\n    idle(3)\n\nif __name__ == "__main__":\n    store = Store()\n    store.keep(1)\n',
  },
  typescript: {
    path: 'app.ts',
    content: `import { log } from './log';\nexport function idle(value: number) {\n  ${body}\n}\nfunction check(value: number) {\n  ${body}\n}\nfunction render(value: number) {\n  const shown = String(value);\n  log(shown);\n  return shown;\n}\nconst table = { idle };\n[1, 2].map(check).forEach(render);\n`,
  },
  java: {
    path: 'App.java',
    content: `public class App {\n  private int total;\n  public static void main(String[] args) {\n    App app = new App();\n    app.check(3);\n  }\n  int check(int value) {\n  ${body}\n  }\n  public int idle(int value) {\n  ${body}\n  }\n}\n`,
  },
  go: {
    path: 'app.go',
    content:
      'package main\n\ntype Store struct{ rows []int }\n\nfunc (s *Store) String() string {\n\ttext := fmt.Sprint(s.rows)\n\treturn text\n}\n\nfunc check(value int) error {\n\tif value < 0 {\n\t\treturn errors.New("negative")\n\t}\n\treturn nil\n}\n\nfunc Idle(value int) error {\n\tif value < 0 {\n\t\treturn errors.New("negative")\n\t}\n\treturn nil\n}\n\nfunc main() {\n\tstore := Store{}\n\tfmt.Println(check(1), store)\n}\n',
  },
  rust: {
    path: 'main.rs',
    content:
      'fn check(value: i32) -> i32 {\n    if value < 0 {\n        panic!("negative");\n    }\n    value * 2\n}\npub fn idle(value: i32) -> i32 {\n    if value < 0 {\n        panic!("negative");\n    }\n    value * 2\n}\nfn main() {\n    let kept = check(3);\n    println!("{}", kept);\n}\n',
  },
  csharp: {
    path: 'App.cs',
    content: `public static class App {\n  public static void Main() {\n    var kept = Check(3);\n    Console.WriteLine(kept);\n  }\n  static int Check(int value) {\n  ${body}\n  }\n  public static int Idle(int value) {\n  ${body}\n  }\n}\n`,
  },
  cpp: {
    path: 'app.cpp',
    content:
      'int idle(int value);\nint check(int value) {\n  if (value < 0) {\n    throw 1;\n  }\n  return value * 2;\n}\nint idle(int value) {\n  if (value < 0) {\n    throw 1;\n  }\n  return value * 2;\n}\nint main() {\n  int kept = check(3);\n  return kept;\n}\n',
  },
  php: {
    path: 'app.php',
    content:
      '<?php\nfunction check($value) {\n  if ($value < 0) {\n    throw new Exception("negative");\n  }\n  return $value * 2;\n}\nfunction idle($value) {\n  if ($value < 0) {\n    throw new Exception("negative");\n  }\n  return $value * 2;\n}\necho check(3);\n',
  },
  ruby: {
    path: 'app.rb',
    content:
      "def check(value)\n  if value < 0\n    raise 'negative'\n  end\n  value * 2\nend\n\ndef idle(value)\n  if value < 0\n    raise 'negative'\n  end\n  value * 2\nend\n\nputs check(3)\n",
  },
};

describe('code that is used', () => {
  let extract: Awaited<ReturnType<typeof realExtract>>;
  before(async () => {
    extract = await realExtract();
  });

  const unusedOf = (files: readonly SourceFile[]): string[] => {
    const facts = files.map(extract);
    const sources = facts.filter(({ role }) => role === 'source');
    const functions = sources.flatMap((file) => file.functions.map((fn) => ({ file, fn })));
    const { cases } = linkTests(facts, functions);
    const tests = facts.filter(({ role }) => role === 'test');
    const { unused } = usedCode(sources, reachOf(sources, tests, cases), publishedRubric());
    return unused.map(({ fn }) => fn.name).sort();
  };

  for (const [language, program] of Object.entries(programs)) {
    it(`is told from what nothing starts in ${language}`, () => {
      assert.deepEqual(
        unusedOf([program]).map((name) => name.toLowerCase()),
        ['idle'],
      );
    });
  }

  it('is all of a library that hangs together, also where only some of it is tested', () => {
    const parts = Array.from(
      { length: 12 },
      (_, i) =>
        `export function part${i}(value) {\n  if (value > ${i}) {\n    return shared(value, ${i});\n  }\n  return value${'.x'.repeat(i)};\n}\n`,
    ).join('\n');
    const library = {
      path: 'parts.js',
      content: `${parts}\nfunction shared(value, by) {\n  const sum = value + by;\n  return sum;\n}\n`,
    };
    const test = {
      path: 'parts.test.js',
      content:
        "import { part1 } from './parts.js';\nit('adds', () => {\n  expect(part1(3)).toBe(4);\n});\n",
    };
    assert.deepEqual(unusedOf([library]), []);
    assert.deepEqual(unusedOf([library, test]), []);
  });

  it('is what a library offers, whatever it prepares when it is loaded', () => {
    const content = `const defer = chooseDefer();
module.exports = onFinished;
module.exports.isFinished = isFinished;

function chooseDefer() {
  if (typeof setImmediate === 'function') return setImmediate;
  return process.nextTick;
}

function onFinished(message, listener) {
  if (isFinished(message) !== false) {
    defer(listener, null, message);
    return message;
  }
  attach(message, listener);
  return message;
}

function isFinished(message) {
  const { socket, finished } = message;
  if (typeof finished !== 'boolean') return undefined;
  return Boolean(finished || (socket && !socket.writable));
}

function attach(message, listener) {
  const attached = message.listeners ?? [];
  attached.push(listener);
  message.listeners = attached;
  message.once('end', () => attached.forEach((each) => each(null, message)));
}
`;
    assert.deepEqual(unusedOf([{ path: 'index.js', content }]), []);
  });

  it('is all of a collection of functions that have nothing to do with one another', () => {
    const content = ['trim', 'pad', 'wrap', 'fold']
      .map(
        (name, i) =>
          `def ${name}(text, size):\n    if size < ${i}:\n        return text\n${'    text = text.strip()\n'.repeat(i + 1)}    return text\n`,
      )
      .join('\n');
    assert.deepEqual(unusedOf([{ path: 'text.py', content }]), []);
  });

  it('is a method of a type without a name where that type is handed over', () => {
    const buttons = ['start', 'stop', 'reset']
      .map(
        (word) =>
          `    JButton ${word} = new JButton("${word}");\n    ${word}.addActionListener(new ActionListener() {\n      public void actionPerformed(ActionEvent event) {\n        game.${word}(event);\n      }\n    });\n`,
      )
      .join('');
    const methods = ['start', 'stop', 'reset']
      .map((word) => `  void ${word}(ActionEvent event) {\n    said += event.${word}();\n  }\n`)
      .join('');
    const content = `class View {\n  private String said = "";\n  void show(View game) {\n${buttons}  }\n${methods}}\n`;
    assert.deepEqual(unusedOf([{ path: 'View.java', content }]), []);
  });

  it('is reached by a test that can fail, and by none that can not', () => {
    const app = {
      path: 'app.js',
      content: programs['typescript']?.content.replaceAll(': number', '') ?? '',
    };
    const test = (assertion: string): SourceFile => ({
      path: 'app.test.js',
      content: `import { idle } from './app.js';\nit('works', () => {\n  ${assertion}\n});\n`,
    });
    assert.deepEqual(unusedOf([app, test('expect(idle(2)).toBe(4);')]), []);
    assert.deepEqual(unusedOf([app, test('idle(2);')]), ['idle']);
  });

  it('alone earns points, and the evidence says why the rest does not', async () => {
    const run = await realEngine();
    const guarded = Array.from(
      { length: 6 },
      (_, i) =>
        `def spare_${'abcdef'.charAt(i)}(row, limit):\n    if row is None:\n        raise ValueError("no row")\n    if limit < 0:\n        raise ValueError("limit")\n    return row[${i}]\n`,
    ).join('\n');
    const app = programs['python'];
    assert.ok(app);
    const before = run({ files: [app] });
    const after = run({ files: [app, { path: 'spare.py', content: guarded }] });
    const analysis = metricOf(after, 'problem_solving', 'analysis');
    assert.equal(analysis.score, metricOf(before, 'problem_solving', 'analysis').score);
    assert.ok(
      analysis.evidence.some(
        ({ rule, description, points }) =>
          rule === 'unused_code' && points === 0 && /`spare_\w` makes 2 checks/.test(description),
      ),
    );
  });

  it('does not get simpler by hiding who calls a function that nobody can follow', async () => {
    const run = await realEngine();
    const maze = `def maze(rows, mode):\n${Array.from({ length: 8 }, (_, i) => `    for row in rows:\n        if row and mode == ${i}:\n            if row > ${i}:\n                mode = mode + row\n`).join('')}    return mode\n`;
    const program = (call: string): SourceFile => ({
      path: 'app.py',
      content: `${maze}\n${programs['python']?.content ?? ''}    ${call}\n`,
    });
    const open = run({ files: [program('print(maze([1, 2], 3))')] });
    const hidden = run({ files: [program('print(globals()["ma" + "ze"]([1, 2], 3))')] });
    assert.ok(
      (metricOf(hidden, 'technical', 'complexity').score ?? 100) <=
        (metricOf(open, 'technical', 'complexity').score ?? 0) + 1,
    );
  });
});
