/** Texts that make a parser mend errors, or keep readings open, without end. */
import assert from 'node:assert/strict';
import { fullLanguages } from '#src/engine/facts.ts';
import { boundedParse } from '#src/engine/syntax/bounded-parse.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';
import { realEngine } from '#test/support/engine.ts';

/** `unit` without end, up to this many characters. */
const text = (unit: string, length: number) =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

const inputs: [name: string, content: string][] = [
  ['18 kB of -->', text('-->', 18_000)],
  ['60 kB of -->', text('-->', 60_000)],
  ['60 kB of --> in lines', text('-->\n', 60_000)],
  ['20 kB of brackets that nobody closes', text('(', 20_000)],
  ['25 kB of brackets of all kinds', text('{[(', 25_000)],
  ['25 kB of brackets that nobody opened', text(')}]', 25_000)],
  ['a string of 30 kB that nobody closes', `"${text('a b ', 30_000)}`],
  ['30 kB of strings that begin others', text('"\'', 30_000)],
  ['10 kB of a comment that nobody closes', `/*${text('* /', 10_000)}`],
];

describe('a parse that would not end', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });
  const facts = (language: string, content: string) =>
    extractFileFacts({ path: 'file', content, language }, grammars);

  /** What the parser of a language did so far. */
  function counted(language: string) {
    const work = { calls: 0, pieces: 0 };
    const parser = grammars.parser(language);
    assert.ok(parser);
    const parse = parser.parse.bind(parser);
    parser.parse = (read, old, options) => {
      assert.ok(typeof read === 'function' && options?.progressCallback);
      const { progressCallback } = options;
      return parse((...at) => ((work.pieces += 1), read(...at)), old, {
        ...options,
        progressCallback: (state) => ((work.calls += 1), progressCallback(state)),
      });
    };
    return { work, restore: () => Reflect.deleteProperty(parser, 'parse') };
  }

  for (const language of fullLanguages) {
    it(`takes no more work than is granted in ${language}, always the same`, () => {
      const { work, restore } = counted(language);
      for (const [name, content] of inputs) {
        const source = language === 'php' ? `<?php ${content}` : content;
        const [before, n] = [{ ...work }, source.length];
        const first = facts(language, source);
        const calls = work.calls - before.calls;
        const pieces = work.pieces - before.pieces;
        // Read once, and once more without pauses; a call is a hundred steps of the parser.
        assert.ok(calls <= 2 * (60 + 0.03 * n + 1), `${name}: ${calls} calls`);
        assert.ok(pieces <= 2 * (2000 + (4 * n) / 512 + 100), `${name}: ${pieces} pieces`);
        if (!name.startsWith('18 kB') && !name.startsWith('10 kB')) continue;
        assert.deepEqual(facts(language, source), first, name);
      }
      restore();
      assert.ok(work.calls > 0 && work.pieces > 0);
    });
  }

  it('stops at the same place after other texts, and leaves the parser fit for the next', () => {
    const parser = grammars.parser('python');
    assert.ok(parser);
    const shape = (source: string) => {
      const tree = boundedParse(parser, source);
      const found = tree?.rootNode.toString() ?? null;
      tree?.delete();
      return found;
    };
    const sound = 'def one(a):\n    return a + 1\n';
    const alone = shape(sound);
    assert.ok(alone?.startsWith('(module (function_definition'));
    assert.equal(shape(text('-->', 18_000)), null);
    assert.equal(shape(sound), alone);
    assert.equal(shape(text('-->', 18_000)), null);
  });

  it('gives real code, also with mistakes, the tree that it has without a bound', () => {
    const line = (i: number) => `    if (a > ${i}) { return g(a, "${i}", [${i}]); }\n`;
    const long = Array.from({ length: 500 }, (_, i) => line(i)).join('');
    const broken = long.replaceAll(/a > (\d*7)\)/g, 'a > $1');
    for (const language of ['typescript', 'java', 'csharp', 'cpp']) {
      const parser = grammars.parser(language);
      assert.ok(parser);
      for (const source of [
        `class A { int f(int a) {\n${long}}}\n`,
        `int f(int a) {\n${broken}}`,
      ]) {
        const free = parser.parse(source);
        const bounded = boundedParse(parser, source);
        assert.ok(free && bounded, language);
        assert.equal(bounded.rootNode.toString(), free.rootNode.toString());
        free.delete();
        bounded.delete();
      }
    }
  });

  it('is refused with a reason, in every path that judges code', async () => {
    const run = await realEngine();
    const result = run({
      files: [{ path: 'a.py', content: text(`${text('-->', 60)}\n`, 18_000) }],
    });
    assert.equal(result.overall_score, null);
    assert.equal(
      result.path_scores[0]?.reason,
      'The code could not be parsed as Python within the limits of work and memory.',
    );
    assert.deepEqual(run({ code: text('-->', 18_000) }), run({ code: text('-->', 18_000) }));
  });
});
