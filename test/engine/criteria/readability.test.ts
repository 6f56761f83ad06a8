import assert from 'node:assert/strict';
import { metricOf, realEngine } from '#test/support/engine.ts';

const javaMethod = `public int settle(List<Invoice> invoices, int limit) {
    int settled = 0;
    for (Invoice invoice : invoices) {
        if (invoice.total() > limit) {
            continue;
        }
        invoice.close(clock.now());
        settled += 1;
    }
    return settled;
}`;

/** One text in the layouts that people quarrel about. */
const layouts: [name: string, change: (code: string) => string][] = [
  ['tabs for spaces', (code) => code.replaceAll('    ', '\t')],
  ['an indent twice as deep', (code) => code.replaceAll('    ', '        ')],
  ['braces on lines of their own', (code) => code.replaceAll(/ \{\n/g, '\n{\n')],
  ['blank lines', (code) => code.replaceAll('{\n', '{\n\n')],
  ['statements broken over lines', (code) => code.replaceAll('(', '(\n    ')],
];

describe('readability', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  const score = (content: string, path = 'A.java'): number | null =>
    metricOf(run({ files: [{ path, content }] }), 'collaboration', 'readability').score;

  before(async () => {
    run = await realEngine();
  });

  for (const [name, change] of layouts) {
    it(`is the same with ${name}`, () => {
      assert.notEqual(change(javaMethod), javaMethod);
      assert.equal(score(change(javaMethod)), score(javaMethod));
    });
  }

  const pasted: [name: string, path: string, content: string][] = [
    ['a Java method without its class', 'code.java', javaMethod],
    [
      'a test method without its class',
      'code.java',
      `@Test\npublic void closesLate() {\n    Ledger ledger = new Ledger();\n    ledger.add(7);\n    assertEquals(7, ledger.total());\n}`,
    ],
    [
      'a function whose only statement returns',
      'twice.js',
      'function twice(number) {\n  return multiply(number, 2) + offset;\n}',
    ],
    [
      'statements without a function',
      'code.java',
      'int total = 0;\nfor (Item item : items) {\n    total += item.price();\n}\nreport.show(total);',
    ],
    [
      'a script',
      'count.py',
      'import sys\nlines = sys.stdin.read().split()\nfor line in lines:\n    print(line.upper())\n',
    ],
    [
      'a Go test alone',
      'sum_test.go',
      'package a\nfunc TestSum(t *testing.T) {\n\tif got := Sum(1, 2); got != 3 {\n\t\tt.Errorf("got %d", got)\n\t}\n}',
    ],
  ];
  for (const [name, path, content] of pasted) {
    it(`is told of ${name}`, () => {
      assert.equal(typeof score(content, path), 'number');
    });
  }

  it('falls with what a reader has to hold at once', () => {
    const dense = javaMethod.replace(
      'settled += 1;',
      'settled += (rates.get(invoice.currency()).scaled(invoice.total()) * weights[region.index()] > floor) ? bonus.of(customer.rank()) : 1;',
    );
    const nested = javaMethod
      .replace('if (', 'while (queue.open()) { if (')
      .replace('continue;\n        }', 'continue;\n        } }');
    assert.ok((score(dense) ?? 100) < (score(javaMethod) ?? 0) - 3);
    assert.ok((score(nested) ?? 100) < (score(javaMethod) ?? 0));
  });

  it('does not rise when names are cut short', () => {
    const words = ['settle', 'invoices', 'invoice', 'limit', 'settled', 'clock'];
    const short = words.reduce(
      (code, word, index) =>
        code.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), 'abcdef'[index] ?? ''),
      javaMethod,
    );
    assert.ok((score(short) ?? 100) <= (score(javaMethod) ?? 0));
  });

  it('is not bought with helpers that nobody calls', () => {
    const padding = Array.from(
      { length: 30 },
      (_, i) => `int plainValueOf${i}() {\n    return ${i};\n}`,
    ).join('\n');
    const padded = score(`class A {\n${javaMethod}\n${padding}\n}`) ?? 100;
    assert.ok(padded - (score(`class A {\n${javaMethod}\n}`) ?? 0) <= 4);
  });
});
