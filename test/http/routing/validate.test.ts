import assert from 'node:assert/strict';
import { z } from 'zod';
import { AppError } from '#src/errors.ts';
import { jsonPointer, validate } from '#src/http/routing/validate.ts';

describe('validation', () => {
  it('escapes tilde and slash in pointers (RFC 6901)', () => {
    assert.equal(jsonPointer(['a/b', 'm~n', 0]), '/a~1b/m~0n/0');
    assert.equal(jsonPointer([]), '');
  });

  it('names every fault with its pointer, unknown members one by one', () => {
    const schema = z.strictObject({ name: z.string(), list: z.array(z.number()) });
    assert.throws(
      () => validate(schema, { name: 1, list: [1, 'x'], extra: true, more: 1 }, 'body'),
      (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.status, 422);
        const pointers = (error.options.errors ?? []).map((fault) => fault.pointer).sort();
        assert.deepEqual(pointers, ['/extra', '/list/1', '/more', '/name']);
        return true;
      },
    );
  });

  it('reports at most 50 faults', () => {
    const value = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, 1]));
    assert.throws(
      () => validate(z.strictObject({}), value, 'body'),
      (error) => error instanceof AppError && error.options.errors?.length === 50,
    );
  });

  const schema = z.strictObject({
    name: z.string().max(3),
    kind: z.enum(['a', 'b']).optional(),
    level: z.enum(['x'], { error: 'must be one of x' }),
    count: z.number().int().min(1).max(5).optional(),
    list: z
      .array(z.strictObject({ path: z.string() }))
      .min(1)
      .max(2)
      .optional(),
    flag: z.boolean().optional(),
    date: z.union([z.iso.date(), z.iso.datetime()]).optional(),
    data: z.record(z.string().max(3), z.unknown()).optional(),
    text: z.string().regex(/^a$/).optional(),
    low: z.number().gt(0).optional(),
  });
  const sound = { name: 'abc', level: 'x' };
  const told: [value: unknown, faults: Record<string, string>][] = [
    [
      {},
      { '/name': 'is missing, and must be a string', '/level': 'is missing, and must be one of x' },
    ],
    [{ ...sound, name: undefined }, { '/name': 'is missing, and must be a string' }],
    [{ ...sound, list: [{}] }, { '/list/0/path': 'is missing, and must be a string' }],
    [{ ...sound, extra: 1 }, { '/extra': 'is not a known member' }],
    [{ ...sound, name: null }, { '/name': 'must be a string' }],
    [{ ...sound, name: ['a', 'b'] }, { '/name': 'must be a string, given once' }],
    [{ ...sound, name: 'abcd' }, { '/name': 'must have at most 3 characters' }],
    [{ ...sound, kind: 'c' }, { '/kind': 'must be one of a, b' }],
    [{ ...sound, count: 1.5 }, { '/count': 'must be a whole number' }],
    [{ ...sound, count: 0 }, { '/count': 'must be at least 1' }],
    [{ ...sound, count: 6 }, { '/count': 'must be at most 5' }],
    [{ ...sound, low: 0 }, { '/low': 'must be more than 0' }],
    [{ ...sound, list: [] }, { '/list': 'must have at least 1 item' }],
    [{ ...sound, flag: 'yes' }, { '/flag': 'must be true or false' }],
    [{ ...sound, date: 'today' }, { '/date': 'has none of the accepted forms' }],
    [
      { ...sound, data: { long4: 1 } },
      { '/data/long4': 'has a member name that must have at most 3 characters' },
    ],
    [{ ...sound, text: 'b' }, { '/text': 'must match /^a$/' }],
    ['text', { '': 'must be an object' }],
  ];
  for (const [value, faults] of told) {
    it(`says in plain words what is wrong with ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => validate(schema, value, 'body'),
        (error) => {
          assert.ok(error instanceof AppError);
          const found = (error.options.errors ?? []).map(({ pointer, message }) => [
            pointer,
            message,
          ]);
          assert.deepEqual(Object.fromEntries(found), faults);
          return true;
        },
      );
    });
  }
});
