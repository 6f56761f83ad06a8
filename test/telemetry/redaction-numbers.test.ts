/** Identities and times by the hundred thousand: none is taken for a card, a token or an address. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redactText } from '#telemetry/redaction.ts';

const MANY = 100_000;
/** 2023-11-14, in milliseconds. */
const SINCE = 1_700_000_000_000;

/** The texts of `make` that do not stay as they are. */
function changed(make: (index: number, random: () => number) => string): string[] {
  const random = seeded(47);
  const found: string[] = [];
  for (let index = 0; index < MANY; index++) {
    const text = make(index, random);
    if (redactText(text) !== text) found.push(text);
  }
  return found;
}

/** Uniform in [0, 1) and the same in each run: a linear congruential generator of 48 bits. */
function seeded(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 25_214_903_917n + 11n) % 281_474_976_710_656n;
    return Number(state) / 281_474_976_710_656;
  };
}

function digits(count: number, alphabet: string, random: () => number): string {
  return Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
    '',
  );
}

const grouped = (text: string) =>
  text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const HEX = '0123456789abcdef';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const moment = (index: number) => SINCE + index * 9973;

const kinds: Record<string, (index: number, random: () => number) => string> = {
  UUIDs: (_, random) => grouped(digits(32, HEX, random)),
  'UUIDs of digits only': (_, random) => grouped(digits(32, '0123456789', random)),
  'trace ids': (_, random) => digits(32, HEX, random),
  ULIDs: (_, random) => `01${digits(24, CROCKFORD, random)}`,
  milliseconds: (index) => `at ${moment(index)}`,
  microseconds: (index) => `${moment(index)}${String(index % 1000).padStart(3, '0')}`,
  nanoseconds: (index) => `{"time":${moment(index)}${String(index * 7).padStart(6, '0')}}`,
  'snowflakes of 19 digits': (index) => String(1_541_815_603_606_036_480n + BigInt(index) * 4096n),
  'snowflakes of 18 digits': (index) => String(412_345_678_901_234_567n + BigInt(index) * 4096n),
  'ids that are named': (index) => `order_id=${4_123_456_789_012_345 + index}`,
  fractions: (_, random) => `0.${digits(16, '0123456789', random)}`,
  'names of migrations': (index) => `Migration${20_261_123_000_000 + index}`,
};

describe('of 100,000', () => {
  for (const [kind, make] of Object.entries(kinds)) {
    it(`${kind} none is changed`, () => assert.deepEqual(changed(make).slice(0, 5), []));
  }

  it('numbers of 16 digits some are cards, if they stand alone and nothing names them', () => {
    const numbers = changed((index) => String(4_000_000_000_000_000 + index));
    assert.ok(numbers.length > 0.09 * MANY && numbers.length < 0.11 * MANY, String(numbers.length));
  });
});

describe('the number of a card', () => {
  const parts = fc.tuple(
    fc.constantFrom('4', '51', '2221', '34', '36', '6011', '62', '3528', '5018', '2200'),
    fc.stringMatching(/^\d{15}$/),
  );
  const card = parts.map(([prefix, rest]) => {
    const length = prefix === '34' ? 15 : prefix === '36' ? 14 : 16;
    return withCheckDigit((prefix + rest).slice(0, length - 1));
  });
  const separators = fc.constantFrom('', ' ', '-', '.', '\u00a0');

  it('is hidden with and without groups, and no longer when one digit is another', () => {
    fc.assert(
      fc.property(card, separators, fc.nat(9), (number, separator, digit) => {
        const written = (text: string) => text.replace(/(\d{4})(?=\d)/g, `$1${separator}`);
        assert.equal(redactText(`with ${written(number)}.`), 'with [card].');
        if (String(digit) === number.at(-1)) return;
        const other = written(number.slice(0, -1) + String(digit));
        assert.equal(redactText(`with ${other}.`), `with ${other}.`);
      }),
    );
  });

  it('is no card in groups that differ, or in an identifier', () => {
    fc.assert(
      fc.property(card, (number) => {
        const halves = `${number.slice(0, 7)} ${number.slice(7)}`;
        const mixed = number.replace(/^(\d{4})(\d{4})(\d{4})/, '$1 $2-$3 ');
        for (const text of [
          halves,
          mixed,
          `a${number}`,
          `${number}b`,
          `x-${number}`,
          `1.${number}`,
        ]) {
          assert.equal(redactText(text), text);
        }
      }),
    );
  });
});

/** Luhn's. */
function withCheckDigit(start: string): string {
  const sum = start
    .split('')
    .reverse()
    .map((digit, i) => Number(digit) * (2 - (i % 2)))
    .reduce((sum, each) => sum + (each > 9 ? each - 9 : each), 0);
  return start + String((10 - (sum % 10)) % 10);
}
