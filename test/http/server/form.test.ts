import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readFormBody } from '#src/http/server/form.ts';

const read = (text: string) => readFormBody(Buffer.from(text));
/** Any text that UTF-8 can hold, but for NUL, which no database can. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((value) => !value.includes('\0'));

describe('a form', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text, { noNullPrototype: true }), (fields) => {
        const written = new URLSearchParams(Object.entries(fields)).toString();
        assert.deepEqual(Object.entries(read(written)), Object.entries(fields));
      }),
    );
  });

  it('may leave out what needs no escape', () => {
    assert.deepEqual(read('a=b=c&d&=e&&f=é 🔑'), { a: 'b=c', d: '', '': 'e', f: 'é 🔑' });
    assert.deepEqual(read(''), {});
  });

  it('never fails in another way than by a problem of the client', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const value of Object.values(readFormBody(bytes))) {
            assert.ok(value.isWellFormed() && !value.includes('\0'));
          }
        } catch (error) {
          assert.match(
            String((error as { code?: string }).code),
            /^(BAD_REQUEST|VALIDATION_ERROR)$/,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names what cannot be used', () => {
    const faults = (body: string) => {
      try {
        read(body);
      } catch (error) {
        const { code, options } = error as { code: string; options: { errors?: object[] } };
        return [code, ...(options.errors ?? [])];
      }
      return [];
    };
    assert.deepEqual(faults('a=1&a/b=%00&a=2'), [
      'VALIDATION_ERROR',
      { pointer: '/a~1b', message: 'contains a NUL character', code: 'nul_character' },
      { pointer: '/a', message: 'is given more than once', code: 'duplicate_member' },
    ]);
    for (const body of ['a=%', 'a=%g0', 'a=%ff', '%c3=1', 'a=%ed%a0%80']) {
      assert.deepEqual(faults(body), ['BAD_REQUEST'], body);
    }
    assert.throws(() => readFormBody(Buffer.from([0x61, 0x3d, 0xff])), { code: 'BAD_REQUEST' });
  });
});
