import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { createHandles } from '#src/http/request/handles.ts';
import { logLine } from '#telemetry/log-line.ts';
import { attr } from '#telemetry/conventions.ts';

describe('a handle', () => {
  const handles = createHandles('a secret');

  it('is an HMAC of kind and identifier under a key of its own', () => {
    const key = Buffer.from(hkdfSync('sha256', 'a secret', '', 'sono-eval handles', 32));
    const expected = createHmac('sha256', key).update('candidate candidate_42').digest();
    assert.equal(
      handles.of('candidate', 'candidate_42'),
      expected.subarray(0, 16).toString('base64url'),
    );
    assert.notEqual(
      handles.of('assessment', 'candidate_42'),
      handles.of('candidate', 'candidate_42'),
    );
    assert.notEqual(createHandles('another').of('candidate', 'x'), handles.of('candidate', 'x'));
  });

  it('is worked out once for the line and the span of a request, and anew for the next one', () => {
    const ended = () => ({
      path: '/api/v1/candidates/ada',
      state: {
        names: {},
        handles: null,
        facts: { template: '/api/v1/candidates/:id', names: 'candidate' as const },
      },
    });
    const request = ended();
    const told = handles.in(request);
    assert.deepEqual(told, { [attr.candidate]: handles.of('candidate', 'ada') });
    assert.equal(handles.in(request), told);
    assert.notEqual(handles.in(ended()), told);
  });

  it('is told whole, whatever it looks like, and nothing else under its name is', () => {
    const field = fc.constantFrom(attr.candidate, attr.assessment, attr.subject);
    const handle = fc.oneof(
      fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((b) => Buffer.from(b).toString('base64url')),
      // As tokens and card numbers begin.
      fc.constantFrom('AKIAIOSFODNN7EXAMPLE00', 'ghp_abcdefghijklmnopqr', '4111111111111111000000'),
    );
    fc.assert(
      fc.property(field, handle, (name, value) => {
        const line = logLine({ level: 'info', message: 'x', fields: { [name]: value } }, {});
        assert.equal(line[name], value);
      }),
    );
    const fields = { [attr.candidate]: 'bob@example.com', [attr.subject]: 'Bearer GEHEIMGEHEIM' };
    const line = logLine({ level: 'info', message: 'x', fields }, {});
    assert.deepEqual([line[attr.candidate], line[attr.subject]], ['[email]', 'Bearer [redacted]']);
  });
});
