import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeKey } from '#src/resilience/cache/key.ts';

const part = fc.anything({
  withBigInt: true,
  withDate: true,
  maxDepth: 3,
  values: [
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1', 1, true, 'true', null, 'null', undefined, '', '\ud800', '\udfff', 'a0:'),
    fc.integer(),
    fc.double(),
  ],
});

/** Equal as keys: members in any order, -0 as 0. */
function same(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(plain(a), plain(b));
    return true;
  } catch {
    return false;
  }
}

function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return Array.from(value, plain);
  if (value instanceof Date) return { date: value.getTime() };
  if (typeof value !== 'object' || value === null) return value;
  return new Map(
    Object.keys(value)
      .sort()
      .map((name) => [name, plain(Reflect.get(value, name))]),
  );
}

describe('cache keys', () => {
  it('are equal for equal parts only', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.array(part, { maxLength: 4 }), (a, b) => {
        const [one, other] = [encodeKey(a), encodeKey(b)];
        assert.equal(one, encodeKey(a));
        if (one !== null) assert.equal(one === other, same(a, b));
      }),
      { numRuns: 3000 },
    );
  });

  it('differ by type, bounds and count of parts', () => {
    const lists = [
      [1],
      ['1'],
      [1n],
      [true],
      ['true'],
      [null],
      ['null'],
      [undefined],
      [],
      [[]],
      [{}],
      ['a', 'b'],
      ['ab'],
      ['a', 'b', undefined],
      [['a', 'b']],
      [['a'], 'b'],
      [{ a: 'b' }],
      [{ a: undefined }],
      [new Date(1)],
      ['s1:a'],
      [NaN],
      ['NaN'],
      ['\ud800'],
      ['\udfff'],
      ['\ufffd'],
    ];
    assert.equal(new Set(lists.map(encodeKey)).size, lists.length);
  });

  it('count holes of arrays as undefined', () => {
    const hole: unknown[] = Array(1);
    const last: unknown[] = [['a']];
    last.length = 2;
    assert.notEqual(encodeKey([[hole, 'a']]), encodeKey([last]));
    assert.equal(encodeKey([hole]), encodeKey([[undefined]]));
  });

  it('are bounded, and differ in the last character of a megabyte', () => {
    const long = 'x'.repeat(1_000_000);
    const keys = [`${long}a`, `${long}b`, `${long}\ud800`, `${long}\udfff`].map((text) =>
      encodeKey([text]),
    );
    assert.equal(new Set(keys).size, 4);
    assert.ok(keys.every((key) => key !== null && key.length < 50));
  });

  it('are null for functions, symbols, instances and cycles', () => {
    class Person {
      readonly name = 'a';
    }
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const hidden = { [Symbol('s')]: 1 };
    for (const given of [() => 1, Symbol('s'), new Person(), new Map(), cycle, hidden]) {
      assert.equal(encodeKey([given]), null);
    }
  });
});
