/** How often a text is parsed, as counts: a parse is a third of the engine's work on a file. */
import assert from 'node:assert/strict';
import { fullLanguages } from '#src/engine/facts.ts';
import { extractFileFacts } from '#src/engine/syntax/file-facts.ts';
import { loadGrammars, type Grammars } from '#src/engine/syntax/grammars.ts';

const repeat = (times: number, line: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => line(index)).join('\n');

const typed = repeat(
  60,
  (i) =>
    `export function total${i}(items: readonly number[]): number {\n  const open = items.filter((item) => item > ${i});\n  return open.reduce((sum, item) => sum + item, 0);\n}\n`,
);
const untyped = repeat(
  60,
  (i) =>
    `/** @param {number[]} items */\nexport const total${i} = (items) => {\n  const open = items.filter((item) => item > ${i});\n  return open.reduce((sum, item) => sum + item, 0);\n};\nclass Basket${i} extends Map {\n  size = ${i};\n}\n`,
);
const tagged = repeat(
  60,
  (i) =>
    `export const Row${i} = ({ name }: { name: string }) => (\n  <div className="row">\n    <b>{name}</b>\n  </div>\n);\n`,
);

describe('a file', () => {
  let grammars: Grammars;
  before(async () => {
    grammars = await loadGrammars();
  });

  /** The languages that a file was parsed in, in turn, and what it was found to be. */
  function read(content: string, path = 'file') {
    const parsed: string[] = [];
    const parsers = fullLanguages.map((language) => {
      const parser = grammars.parser(language);
      assert.ok(parser);
      const parse = parser.parse.bind(parser);
      parser.parse = (...given) => {
        parsed.push(language);
        return parse(...given);
      };
      return parser;
    });
    const facts = extractFileFacts({ path, content }, grammars);
    for (const parser of parsers) Reflect.deleteProperty(parser, 'parse');
    return { parsed, language: facts.language, errorShare: facts.errorShare };
  }

  it('without a name is parsed once by the grammar that it is in, and is what it is', () => {
    assert.deepEqual(read(typed), {
      parsed: ['typescript'],
      language: 'typescript',
      errorShare: 0,
    });
  });

  it('of plain JavaScript is called that, since its own grammar reads it too', () => {
    const { parsed, language } = read(untyped);
    assert.equal(language, 'javascript');
    assert.deepEqual(parsed.slice(0, 2), ['typescript', 'javascript']);
    assert.equal(parsed.length, 2 + Number(untyped.length > 12_000));
  });

  it('with tags is read by the grammar that has them', () => {
    assert.equal(read(tagged).language, 'tsx');
    assert.equal(read(tagged.replaceAll(': { name: string }', '')).language, 'javascript');
  });

  it('with an error is parsed once, and again where a respelling could mend it', () => {
    const broken = typed.replace('items.filter(', 'items.filter((');
    const far = `${broken}\nexport const words = { abstract: 1 };\n`;
    assert.ok(read(broken, 'a.ts').errorShare > 0);
    assert.deepEqual(read(broken, 'a.ts').parsed, ['typescript']);
    assert.deepEqual(read(far.replace('items.filter((', 'items.filter('), 'a.ts').parsed, [
      'typescript',
    ]);
    const mended = `${typed}\nexport interface Options {\n  using: string;\n  abstract?: boolean;\n}\n`;
    assert.deepEqual(read(mended, 'a.ts'), {
      parsed: ['typescript', 'typescript'],
      language: 'typescript',
      errorShare: 0,
    });
  });
});
