import assert from 'node:assert/strict';

import { metricOf, realEngine } from '#test/support/engine.ts';

/** Six functions of a library; `check` is a first statement for some of them. */
function library(check: (name: string, at: number) => string): string {
  const bodies = [
    'const parts = text.split(",");\n  return parts.map((part) => part.trim());',
    'let sum = 0;\n  for (const row of text) {\n    sum += row.price;\n  }\n  return sum;',
    'const words = text.toLowerCase().split(" ");\n  words.sort();\n  return words.join("-");',
    'const found = new Map();\n  for (const key of text) {\n    found.set(key, key.length);\n  }\n  return found;',
    'const half = text.length / 2;\n  return [text.slice(0, half), text.slice(half)];',
    'const seen = new Set(text);\n  return [...seen].filter((one) => one !== "");',
  ];
  return bodies
    .map(
      (body, at) =>
        `export function part${'abcdef'.charAt(at)}(text) {\n  ${check('text', at)}\n  ${body}\n}\n`,
    )
    .join('\n');
}

describe('a check that most functions make', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const scoresOf = (content: string, test?: string) => {
    const files = [{ path: 'parts.js', content }];
    const result = run({
      files: test === undefined ? files : [...files, { path: 'parts.test.js', content: test }],
    });
    return {
      analysis: metricOf(result, 'problem_solving', 'analysis'),
      debugging: metricOf(result, 'problem_solving', 'debugging').score,
    };
  };
  const refusal = (name: string): string =>
    `if (${name} === undefined) throw new TypeError('${name}');`;

  it('counts for nothing by itself, in one shape or in a few, and its errors show no fault', () => {
    const turns = [
      refusal,
      (name: string) => `if (${name} === null) return null;`,
      (name: string) => `if (typeof ${name} === 'symbol') throw new TypeError('${name}');`,
    ];
    for (const check of [refusal, (name: string, at: number) => turns[at % 3]?.(name) ?? '']) {
      const { analysis, debugging } = scoresOf(library(check));
      assert.equal(analysis.score, 0);
      assert.equal(debugging, null);
      assert.ok(
        analysis.evidence.every(({ description }) =>
          /as most functions check what they are given/.test(description),
        ),
      );
    }
  });

  it('is none the less a habit by what JavaScript calls all parameters', () => {
    const check = (_: string, at: number): string =>
      `if (arguments.length > ${at + 2}) throw new RangeError('too many');`;
    assert.equal(scoresOf(library(check)).analysis.score, 0);
  });

  it('becomes a habit step by step: where half of the functions make it, it counts for less', () => {
    const half = library((name, at) => (at < 3 ? refusal(name) : ''));
    const { analysis } = scoresOf(half);
    assert.ok((analysis.score ?? 0) > 0);
    assert.ok(
      analysis.evidence.every(({ description }) =>
        /as many functions check what they are given/.test(description),
      ),
    );
  });

  it('is next to nothing where few functions make it, unless it is of the task', () => {
    const fewMake = (check: (name: string) => string): number => {
      const few = library((name, at) => (at < 2 ? check(name) : ''));
      return scoresOf(few).analysis.score ?? 0;
    };
    const ofTask = (name: string): string =>
      `if (${name}.length > most) throw new RangeError('too long');`;
    assert.ok(fewMake(refusal) > 0 && fewMake(refusal) < 6);
    assert.ok(fewMake(ofTask) > 30);
  });

  it('is nothing in a branch that is never taken, of the task or not', () => {
    const dead = (name: string): string =>
      `if (false) { if (${name}.length > most) throw new RangeError('too long'); }`;
    const { analysis, debugging } = scoresOf(library((name, at) => (at < 2 ? dead(name) : '')));
    assert.equal(analysis.score, 0);
    assert.equal(debugging, null);
  });

  it('is no more in a helper that each function calls', () => {
    const helper =
      "export function present(value) {\n  if (value === undefined) throw new TypeError('missing');\n  if (value === '') throw new RangeError('empty');\n}\n";
    const { analysis, debugging } = scoresOf(
      `${library((name) => `present(${name});`)}\n${helper}`,
    );
    assert.ok((analysis.score ?? 0) < 6);
    assert.equal(debugging, null);
  });

  it('counts where a test shows that it is needed', () => {
    const test =
      "import { parta } from './parts.js';\nit('refuses', () => {\n  expect(() => parta()).toThrow(TypeError);\n});\n";
    assert.ok((scoresOf(library(refusal), test).analysis.score ?? 0) > 0);
  });
});
