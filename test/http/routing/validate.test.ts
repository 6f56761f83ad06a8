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
});
