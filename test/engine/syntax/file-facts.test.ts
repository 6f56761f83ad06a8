import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fullLanguages, type FileFacts } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';

const samples: Record<string, string> = {
  python: 'sample.py',
  typescript: 'sample.ts',
  java: 'Sample.java',
  go: 'sample.go',
  rust: 'sample.rs',
  csharp: 'Sample.cs',
  cpp: 'sample.cpp',
  php: 'sample.php',
  ruby: 'sample.rb',
};

function sample(language: string): { path: string; content: string } {
  const path = samples[language] ?? '';
  const url = new URL(`../../fixtures/metrics/languages/${path}`, import.meta.url);
  return { path, content: readFileSync(url, 'utf8') };
}

describe('facts of one file', () => {
  let grammars: Grammars;

  before(async () => {
    grammars = await loadGrammars();
  });

  const read = (path: string, content: string, language?: string): FileFacts =>
    extractFileFacts({ path, content, language }, grammars);

  for (const [language, name] of Object.entries(samples)) {
    describe(`in ${language}`, () => {
      let facts: FileFacts;

      before(() => {
        facts = extractFileFacts(sample(language), grammars);
      });

      it('is parsed as its language without errors', () => {
        assert.equal(facts.language, language);
        assert.equal(facts.languageCertainty, 1);
        assert.ok(facts.errorShare < 0.001, `${name}: ${facts.errorShare}`);
      });

      it('has the long function with its branches, loops and raised error', () => {
        const long = facts.functions.find(({ cyclomatic }) => cyclomatic >= 11);
        assert.ok(long);
        assert.ok(long.cognitive >= 12 && long.maxNesting >= 2);
        assert.ok(long.loops.some(({ depth }) => depth === 1));
        assert.equal(
          long.cognitive,
          long.cognitiveIncrements.reduce((sum, { points }) => sum + points, 0),
        );
        assert.ok(facts.functions.some(({ throws }) => throws > 0) || language === 'rust');
      });

      it('sees that fib calls itself twice and, unless it is cached, that this is costly', () => {
        const fib = facts.functions.find((one) => one.name.toLowerCase() === 'fib');
        assert.equal(fib?.recursive, true);
        assert.ok(facts.idioms.some(({ idiom }) => idiom === 'recursion'));
        const isCostly = facts.smells.some(({ rule }) => rule === 'unmemoised-recursion');
        assert.equal(isCostly, language !== 'python');
      });

      it('has the basket as a class with its fields and who touches them', () => {
        const basket = facts.classes.find((one) => /^(Basket|Sample)$/.test(one.name));
        assert.ok(basket);
        assert.ok(basket.fields.some((field) => /items/.test(field)));
        const users = Object.entries(basket.fieldAccess).filter(([, fields]) =>
          fields.some((field) => /items/.test(field)),
        );
        assert.ok(users.length >= 1);
        assert.match(basket.doc?.text ?? 'basket', /basket|shop/i);
      });

      it('finds the checks of the item and of the price', () => {
        const kinds = facts.guards.map(({ kind, subject }) => `${subject} ${kind}`);
        assert.ok(kinds.includes('item null'), kinds.join());
        assert.ok(kinds.includes('price negative'), kinds.join());
      });

      it('finds its tests with effective assertions that call the subject', () => {
        assert.ok(facts.tests.length >= 1);
        assert.ok(
          facts.tests.some(({ calls }) => calls.some((call) => /^(fib|total)$/i.test(call))),
        );
        assert.ok(
          facts.tests.every(({ assertions }) => assertions.some(({ effective }) => effective)),
        );
        assert.ok(
          facts.tests.some(({ assertions }) => assertions.some(({ negative }) => negative)),
        );
      });

      it('keeps the reason in a comment apart from documentation', () => {
        const why = facts.comments.find(({ text }) => text.startsWith('Prices below zero'));
        assert.equal(why?.kind, 'comment');
      });

      it('is the same with other line ends, a byte order mark, and when read again', () => {
        const { path, content } = sample(language);
        const again = JSON.stringify(read(path, content));
        assert.equal(
          JSON.stringify(read(path, `\uFEFF${content.replaceAll('\n', '\r\n')}`)),
          again,
        );
        assert.equal(JSON.stringify(facts), again);
      });

      it('is recognised without a name', () => {
        assert.equal(read('snippet', sample(language).content).language, language);
      });
    });
  }

  it('handles an error alike in every language', () => {
    for (const language of Object.keys(samples)) {
      const { handlers } = extractFileFacts(sample(language), grammars);
      if (language === 'rust') continue;
      assert.ok(handlers.length >= 1, language);
    }
  });

  it('calls prose prose, even when it is full of keywords', () => {
    const prose =
      'I would import a class here because the function returns quickly.\nFor each item we try the cache, and while it is empty we return the default value.';
    assert.equal(read('answer', prose).language, 'text');
    assert.equal(
      read(
        '',
        `# Plan\n\nWe use a map for the lookups, since they are constant time.\n\n- first step of the plan\n`,
      ).language,
      'markdown',
    );
  });

  it('doubts a declared language that does not fit', () => {
    const facts = read('snippet', 'def double(x):\n    return x * 2\n', 'java');
    assert.equal(facts.language, 'python');
    assert.ok(facts.languageCertainty < 1);
  });

  it('never looks at code inside strings and comments', () => {
    const text =
      'def f():\n    """eval(x); password = \'hunter2hunter2\'; os.system(cmd)"""\n    # eval(user)\n    return "pickle.loads(x)"\n';
    const rules = read('a.py', text)
      .smells.map(({ rule }) => rule)
      .filter((rule) => rule !== 'commented-out-code');
    assert.deepEqual(rules, []);
  });

  it('survives fifty thousand nested conditions', () => {
    const depth = 50_000;
    const facts = read(
      'a.js',
      `function f(a) {\n${'if (a) {\n'.repeat(depth)}${'}'.repeat(depth)}\n}`,
    );
    assert.equal(facts.functions.length, 1);
    assert.ok((facts.functions[0]?.maxNesting ?? 0) > 10_000);
  });

  it('cuts a packed file instead of drowning in it', () => {
    const facts = read('a.js', 'a=b+c(1);'.repeat(120_000));
    assert.equal(facts.truncated, true);
    assert.equal(facts.role, 'generated');
    assert.ok(facts.nodes <= 400_000);
  });

  it('reports characters that hide what the code does', () => {
    const facts = read(
      'a.js',
      'let a = 1;\n// \u202E evil\nlet b\u200B = 2;\nlet p\u0430ssword = 3;\n',
    );
    assert.deepEqual(
      facts.hiddenCharacters.map(({ line, kind }) => `${line} ${kind}`),
      ['2 bidi', '3 zero_width', '4 homoglyph'],
    );
  });

  it('never throws, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom(...Object.keys(samples)).chain((language) => {
        const { content } = sample(language);
        return fc
          .tuple(fc.nat(content.length), fc.nat(content.length))
          .map(([a, b]) => content.slice(0, a) + content.slice(b));
      }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...fullLanguages), (content, language) => {
        const facts = extractFileFacts({ path: 'x', content, language }, grammars);
        assert.ok(facts.errorShare >= 0 && facts.errorShare <= 1);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('gives back the memory of two thousand small files', () => {
    read('warm.py', 'def f():\n    return 1\n');
    const before = process.memoryUsage().rss;
    for (let at = 0; at < 2_000; at += 1) read('a.py', `def f${at}(x):\n    return x + ${at}\n`);
    assert.ok(process.memoryUsage().rss - before < 60_000_000);
  });

  it('parses a broken file once in each language that it may be', () => {
    const parses: string[] = [];
    const counted: Grammars = {
      ...grammars,
      parser(language) {
        const parser = grammars.parser(language);
        if (parser === null) return null;
        const parse = (...given: Parameters<typeof parser.parse>) => {
          parses.push(language);
          return parser.parse(...given);
        };
        const setLogger: typeof parser.setLogger = (logger) => parser.setLogger(logger);
        return { parse, setLogger, reset: () => parser.reset() } as unknown as typeof parser;
      },
    };
    const torn = sample('java').content.replaceAll(/[{};]/g, ' ) ');
    for (const path of ['Torn.java', 'torn.py']) {
      extractFileFacts({ path, content: torn }, counted);
      const tried = parses.splice(0);
      assert.ok(tried.length > 1, path);
      assert.deepEqual(tried, [...new Set(tried)], path);
    }
    extractFileFacts({ path: 'torn', content: torn }, counted);
    // To find its language: as it is, with its brackets closed, as members of a class. A parse that is
    // paused and begun again counts twice.
    assert.ok(new Set(parses).size <= 7);
    assert.ok(parses.length <= 4 * new Set(parses).size, `${parses.length}`);
  });
});
