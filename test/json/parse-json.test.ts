/** The parser for texts from outside, against `JSON.parse` and against what `JSON.parse` gets wrong. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonError, parseJson, readJson } from '#src/json/parse-json.ts';

const limits = { depth: 64, commas: 100_000 };
const parse = (text: string) => parseJson(text, limits);
const reasonOf = (text: string): string => {
  try {
    parse(text);
    return 'sound';
  } catch (error) {
    assert.ok(error instanceof JsonError);
    return error.reason;
  }
};

/** Letters, and what has to be or may be written with a backslash. */
const letters = ['a', 'b', 'é', '"', '\\', '/', '\n', '\t', '\u0001', 'u', '0', '😀'];
const nameText = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 6 })
  .map((list) => list.join(''));

/** Any of the ways in which JSON may write a character. */
function written(text: string, choices: readonly number[]): string {
  return text
    .split('')
    .map((unit, i) => {
      const plain = JSON.stringify(unit).slice(1, -1);
      const escaped = `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      const isSurrogate = !unit.isWellFormed();
      return isSurrogate || (choices[i % choices.length] ?? 0) % 2 === 1 ? escaped : plain;
    })
    .join('');
}

describe('the JSON parser', () => {
  it('gives what JSON.parse gives for what JSON.stringify writes', () => {
    const acceptable = fc
      .jsonValue({ maxDepth: 8, stringUnit: 'grapheme' })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    const spaces = fc.constantFrom(undefined, ' ', '\t', 3);
    fc.assert(
      fc.property(acceptable, spaces, (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(parse(text).value, JSON.parse(text));
        assert.deepEqual(readJson(text), JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes what JSON.parse takes and refuses what it refuses, in any text of its characters', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '\\u00',
      '1',
      '0',
      '-',
      '.',
      'e',
    ];
    const words = [
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u0000',
      '+',
      '1.5e3',
      '{"a":1}',
      '[1,2]',
      '\ufeff',
    ];
    const texts = fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 9 });
    fc.assert(
      fc.property(texts, (list) => {
        const text = list.join('');
        let expected = 'sound';
        try {
          JSON.parse(text);
        } catch {
          expected = 'syntax';
        }
        assert.equal(reasonOf(text), expected, text);
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives every member its own name, whatever text was parsed before: 100,000 pairs', () => {
    const choices = fc.array(fc.nat(1), { minLength: 1, maxLength: 6 });
    let mistaken = 0;
    let pairs = 0;
    fc.assert(
      fc.property(nameText, nameText, choices, (attacker, victim, how) => {
        // The attacker's name is as long as the victim's, and the beginning of how that one is written.
        const escaped = written(victim, how);
        const prefix = escaped.slice(0, victim.length);
        for (const name of [prefix, attacker]) {
          // A first member that no text had before: V8 guesses by the members before the name.
          const first = `m${pairs++}`;
          const attack = `{"${first}":"x",${JSON.stringify(name)}:1}`;
          JSON.parse(attack);
          parse(attack);
          const text = `{"${first}":"x","${escaped}":1}`;
          const named = { [first]: 'x', [victim]: 1 };
          assert.deepEqual(parse(text).value, named);
          assert.deepEqual(readJson(text), named);
          if (!Object.hasOwn(JSON.parse(text) as object, victim)) mistaken += 1;
        }
      }),
      { numRuns: 50_000 },
    );
    // Where the engine is mended this says nothing; where it is not, the pairs are those that matter.
    process.stdout.write(`      JSON.parse mistook ${mistaken} of 100000 names\n`);
  }).timeout(120_000);

  it('knows the text of each outer member, as it was written', () => {
    const text = ' { "a" : {"2":1, "1":[ 12345678901234567890 ]} ,"b\\u00e9":"x" } ';
    const { sources, exact } = parse(text);
    assert.deepEqual(
      [...sources],
      [
        ['a', '{"2":1, "1":[ 12345678901234567890 ]}'],
        ['bé', '"x"'],
      ],
    );
    assert.equal(exact, false);
    assert.equal(parse('{"a":123456789012345}').exact, true);
  });

  for (const [text, code, path, inName] of [
    ['{"a":{"b":"\\u0000"}}', 'nul_character', ['a', 'b'], false],
    ['["\\ud800"]', 'lone_surrogate', [0], false],
    ['{"a":{"__proto__":{}}}', 'unknown_member', ['a', '__proto__'], false],
    ['[1,1e999]', 'number_out_of_range', [1], false],
    ['{"a":1,"\\u0061":2}', 'duplicate_member', ['a'], false],
    ['{"a":{"\\u0000":1}}', 'nul_character', ['a'], true],
  ] as const) {
    it(`finds ${code} in ${text}`, () => {
      assert.deepEqual(parse(text).faults[0], { path, code, inName });
    });
  }

  it('never lets a member change an object it is not of', () => {
    const { value } = parse('{"__proto__":{"admin":true},"constructor":1}');
    assert.equal(Reflect.get(value as object, 'admin'), undefined);
    assert.deepEqual(Object.keys(value as object), ['constructor']);
  });

  it('stops at its limits, however much follows', () => {
    assert.equal(reasonOf(`${'['.repeat(65)}${']'.repeat(65)}`), 'depth');
    assert.equal(reasonOf('['.repeat(1_000_000)), 'depth');
    assert.equal(reasonOf(`[${'0,'.repeat(100_001)}0]`), 'commas');
    assert.equal(reasonOf(`[${'0,'.repeat(5_000_000)}`), 'commas');
  });

  it('names at most twenty faults', () => {
    assert.equal(parse(`[${Array(50).fill('1e999').join(',')}]`).faults.length, 20);
  });
});
