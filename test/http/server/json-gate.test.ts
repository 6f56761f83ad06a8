import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AppError } from '#src/errors.ts';
import { MAX_DEPTH, MAX_VALUES, readJsonBody } from '#src/http/server/json-gate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function refusal(input: Uint8Array): AppError {
  try {
    readJsonBody(input);
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  return assert.fail('expected a refusal');
}

describe('the JSON gate', () => {
  it('answers any bytes with a value or an AppError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          readJsonBody(input);
        } catch (error) {
          assert.ok(error instanceof AppError);
          assert.ok(error.status === 400 || error.status === 422);
        }
      }),
    );
  });

  it(`accepts ${MAX_VALUES} commas and refuses one more before it parses`, () => {
    const zeros = (commas: number) => bytes(`[${'0,'.repeat(commas)}0]`);
    assert.ok(Array.isArray(readJsonBody(zeros(MAX_VALUES)).value));
    assert.equal(refusal(zeros(MAX_VALUES + 1)).options.errors?.[0]?.code, 'too_many_values');
    const unclosed = bytes(`[${'0,'.repeat(5_000_000)}`);
    assert.equal(refusal(unclosed).code, 'VALIDATION_ERROR');
  });

  it(`accepts ${MAX_DEPTH} levels and refuses one more, and 100,000 at once`, () => {
    const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth));
    assert.ok(Array.isArray(readJsonBody(nested(MAX_DEPTH)).value));
    assert.equal(refusal(nested(MAX_DEPTH + 1)).code, 'MALFORMED_JSON');
    assert.equal(refusal(nested(100_000)).code, 'MALFORMED_JSON');
  });

  for (const [name, input] of [
    ['an empty body', new Uint8Array()],
    ['half an object', bytes('{"a":')],
    ['bad UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
    ['two values', bytes('{} {}')],
  ] as const) {
    it(`refuses ${name} as MALFORMED_JSON`, () => {
      assert.equal(refusal(input).code, 'MALFORMED_JSON');
    });
  }

  for (const [name, text, pointer] of [
    ['a NUL character', '{"a":{"b":"x\\u0000"}}', '/a/b'],
    ['a lone surrogate', '{"a":["\\ud800"]}', '/a/0'],
    ['a __proto__ member', '{"a":{"__proto__":{"admin":true}}}', '/a/__proto__'],
    ['a number beyond the range', '{"a":[1,1e999]}', '/a/1'],
    ['a number beyond the range as the whole', '-1e999', ''],
    ['a member twice', '{"a":{"b":1,"\\u0062":2}}', '/a/b'],
    ['a NUL in a member name', '{"a":{"\\u0000":1}}', '/a'],
  ] as const) {
    it(`refuses ${name} as VALIDATION_ERROR and points at it`, () => {
      const error = refusal(bytes(text));
      assert.equal(error.code, 'VALIDATION_ERROR');
      assert.equal(error.options.errors?.[0]?.pointer, pointer);
    });
  }
});
