import assert from 'node:assert/strict';

import type { AssessmentContent } from '#src/engine/contract.ts';
import { realEngine } from '#test/support/engine.ts';

const repeat = (times: number, line: (index: number) => string): string =>
  Array.from({ length: times }, (_, index) => line(index)).join('');
const file = (path: string, content: string): AssessmentContent => ({ files: [{ path, content }] });
const work = `def load_rows(path):
    total = 0
    for row in path:
        if row.size > 10 and row.kind:
            total += row.size
    return total
`;
const told = (words: string): AssessmentContent => ({
  code: work,
  explanation: `The function \`load_rows\` reads the file once, because the list is short. It returns the total of all rows that have a size. When the file is missing it raises an error, so the caller can say which path was wrong. We use it because ${words} and it returns the total.`,
});

/** Each of these took quadratic time or worse: five seconds up to minutes. `n` scales its size. */
const slow: [name: string, content: (n: (times: number) => number) => AssessmentContent][] = [
  [
    'fifteen thousand names searched in one loop',
    (n) =>
      file(
        'a.py',
        `def f(xs):\n    for x in xs:\n${repeat(n(15_000), (i) => `        if x in v${i}: pass\n`)}`,
      ),
  ],
  [
    'ten thousand files opened in one function',
    (n) => file('a.py', `def f(a):\n${repeat(n(10_000), (i) => `    v${i} = open(a)\n`)}`),
  ],
  [
    'functions that begin an algorithm a hundred times',
    (n) =>
      file(
        'a.js',
        repeat(
          150,
          (i) =>
            `function f${i}(left, right) {\n${'while (left < right) {\nleft++;\n}\n'.repeat(n(180))}}\n`,
        ),
      ),
  ],
  [
    'ten thousand classes inside each other',
    (n) =>
      file(
        'A.java',
        repeat(n(10_000), (i) => `class A${i} { int f() { return 1; }\n`) + '}\n'.repeat(n(10_000)),
      ),
  ],
  [
    'four thousand tests inside each other',
    (n) =>
      file('a.test.js', `${"it('adds', () => {".repeat(n(4000))}add();${'});'.repeat(n(4000))}`),
  ],
  [
    'twenty thousand comment lines in Python',
    (n) => file('a.py', `${work}${'#\n'.repeat(n(20_000))}${work}`),
  ],
  ['readings kept open', (n) => file('a.cs', '(a<b,'.repeat(n(200_000)))],
  ['a word of a hundred thousand letters', (n) => told('a'.repeat(n(100_000)))],
  ['a number of a hundred thousand dots', (n) => told('1.'.repeat(n(50_000)))],
  ['a hundred thousand full stops', (n) => told('.'.repeat(n(100_000)))],
  [
    'blank lines before a command',
    (n) => told(`\n\n\`\`\`sh\n${'\n'.repeat(n(100_000))}x\n\`\`\`\n`),
  ],
  [
    'five thousand public functions without a test',
    (n) =>
      file(
        'a.ts',
        repeat(
          n(5_000),
          (i) =>
            `export function f${i}(a: number) {\n  if (a > ${i}) return a;\n  return g(a, h${i});\n}\n`,
        ),
      ),
  ],
];

const bytes = repeat(20_000, (i) => String.fromCharCode((i * 7_919 + (i >> 3)) % 256));
const worthless: [name: string, content: AssessmentContent, reason: RegExp][] = [
  ['Base64', { code: Buffer.from(bytes, 'latin1').toString('base64') }, /is not text/],
  [
    'Base64 in lines',
    file('a.py', Buffer.from(bytes, 'latin1').toString('base64').replaceAll(/.{76}/g, '$&\n')),
    /is not text/,
  ],
  [
    'bytes read as letters',
    file(
      'a.py',
      repeat(5_000, (i) => String.fromCharCode(0xa1 + ((i * 31 + (i >> 4)) % 90))),
    ),
    /is not text/,
  ],
  ['one assignment, eight hundred times', file('a.py', 'x = 1\n'.repeat(800)), /too little code/],
  [
    'five hundred constants',
    file(
      'a.py',
      repeat(500, (i) => `NAME_${i} = ${i}\n`),
    ),
    /too little code/,
  ],
  [
    'fifty different lines printed',
    file(
      'a.py',
      repeat(50, (i) => `print("line ${i}")\n`),
    ),
    /too little code/,
  ],
  [
    'one-line functions only',
    file(
      'a.py',
      repeat(500, (i) => `def f${i}(a): return a + ${i}\n`),
    ),
    /too little code/,
  ],
  [
    'code that the parser gives up on',
    file('a.cs', '(a<b,'.repeat(200_000)),
    /lines are packed|limits of work and memory/,
  ],
];

describe('hostile input', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const [name, content] of slow) {
    it(`is answered with work in proportion to its length: ${name}`, () => {
      /** Seconds of a processor in this thread, however long it has to wait for its turn. */
      const cost = (share: number): number => {
        const input = content((times) => times * share);
        const before = process.threadCpuUsage();
        run(input);
        return process.threadCpuUsage(before).user / 1e6;
      };
      const [quarter, whole] = [cost(1 / 4), cost(1)];
      // 4 when it is linear, 16 when it is quadratic; what takes next to nothing says nothing.
      assert.ok(whole < 10 * quarter + 0.5, `${whole} s against ${quarter} s for a quarter`);
    });
  }

  for (const [name, content, reason] of worthless) {
    it(`gets no number: ${name}`, () => {
      const result = run(content);
      assert.equal(result.overall_score, null);
      assert.equal(result.confidence, 0);
      for (const path of result.path_scores) {
        assert.equal(path.overall_score, null);
        assert.equal(path.status, 'insufficient_evidence');
        assert.equal(path.confidence, 0);
      }
      assert.match(result.path_scores[0]?.reason ?? '', reason);
    });
  }
});
