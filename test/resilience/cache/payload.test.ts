import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import {
  decodePayload,
  toImmutable as tryImmutable,
  type Immutable,
} from '#src/resilience/cache/payload.ts';

function toImmutable(given: unknown): Immutable {
  const image = tryImmutable(given);
  assert.ok(image);
  return image;
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

describe('immutable values', () => {
  it('equal what JSON gives back, deeply frozen, and are copies', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (given) => {
        const json = JSON.stringify(given);
        fc.pre(!json.includes('__proto__'));
        const { value, bytes } = toImmutable(given);
        assert.deepEqual(value, JSON.parse(json));
        assert.ok(isFrozen(value));
        assert.ok(bytes >= 0);
        if (typeof given === 'object' && given !== null) assert.notEqual(value, given);
      }),
    );
  });

  it('count at least the text they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const length = texts.reduce((sum, text) => sum + text.length, 0);
        assert.ok(toImmutable(texts).bytes >= 2 * length);
      }),
    );
  });

  it('refuse what JSON would change, and a member __proto__', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const deep: unknown[] = JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) as unknown[];
    const sparse = Array.from({ length: 2 });
    for (const given of [
      new Date(),
      new Map(),
      /x/,
      NaN,
      Infinity,
      1n,
      () => 1,
      Symbol('s'),
      [undefined],
      sparse,
      cycle,
      deep,
      JSON.parse('{"__proto__": {"admin": true}}'),
      new (class Person {
        readonly name = 'a';
      })(),
    ]) {
      assert.equal(tryImmutable({ given }), null);
    }
    assert.deepEqual(toImmutable({ a: undefined, b: -0 }).value, { b: 0 });
  });
});

describe('what Redis returns', () => {
  const schema = z.object({ a: z.number(), in: z.object({ b: z.string().optional() }) });
  const isTaken = (value: unknown) => decodePayload(JSON.stringify(value), schema) !== null;

  it('is a miss with members that the schema does not know, at any depth', () => {
    assert.ok(isTaken({ a: 1, in: {} }) && isTaken({ a: 1, in: { b: 'x' } }));
    assert.ok(!isTaken({ a: 1, in: {}, more: 1 }));
    assert.ok(!isTaken({ a: 1, in: { b: 'x', more: null } }));
    assert.ok(!isTaken({ a: 1 }));
  });
});
