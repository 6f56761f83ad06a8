import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSecretKey, isSecretMember, redactErrorText, redactText } from '#telemetry/redaction.ts';

/** Texts in which SECRET must not survive. */
const SECRET = 'GEHEIM47geheim11';
const secretTexts = [
  `Authorization: Bearer ${SECRET}`,
  `Basic ${SECRET}`,
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIi${SECRET}.${SECRET}`,
  `se_live_${SECRET}`,
  `postgresql://sono:${SECRET}@db:5432/sono`,
  `postgresql://sono:${SECRET}/with@sign:${SECRET}@db:5432/sono`,
  `redis://:${SECRET}@redis:6379/0`,
  `password=${SECRET}`,
  `{"password": "${SECRET}", "token":"${SECRET}"}`,
  `?api_key=${SECRET}&access_token=${SECRET}`,
  `${SECRET}@example.com`,
  `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
];

describe('redactText', () => {
  for (const text of secretTexts) {
    it(`hides the secret in ${JSON.stringify(text)}`, () => {
      assert.ok(!redactText(`before ${text} after`).includes('GEHEIM'), redactText(text));
      assert.match(redactText(`before ${text} after`), /^before .* after$/s);
    });
  }

  it('hides card numbers and keeps other long numbers', () => {
    assert.equal(redactText('paid with 4111 1111 1111 1111.'), 'paid with [card].');
    assert.equal(redactText('4111-1111-1111-1112'), '4111-1111-1111-1112');
    assert.equal(redactText('at 1795408819806'), 'at 1795408819806');
  });

  it('knows the cards of every scheme, in groups and without', () => {
    // Numbers that the schemes publish for tests.
    for (const card of [
      '4222222222222',
      '4111111111111111',
      '5555555555554444',
      '2223003122003222',
      '378282246310005',
      '30569309025904',
      '6011111111111117',
      '3530111333300000',
      '6200000000000005',
      '6759649826438453',
      '2200000000000004',
    ]) {
      const groups = card.replace(/(\d{4})(?=\d)/g, '$1 ');
      for (const text of [card, groups, groups.replaceAll(' ', '-')]) {
        assert.equal(redactText(`card ${text}, please`), 'card [card], please');
      }
    }
  });

  it('takes no time for a card: names of migrations, stamps, milliseconds to nanoseconds', () => {
    assert.equal(redactText('20261123060000-index-filters'), '20261123060000-index-filters');
    const moments = fc.date({
      min: new Date('2001-09-09T02:00:00Z'),
      max: new Date('2199-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, fc.nat(999_999), (moment, rest) => {
        const stamp = moment.toISOString().replace(/\D/g, '').slice(0, 14);
        const micros = `${moment.getTime()}${String(rest % 1000).padStart(3, '0')}`;
        for (const text of [`${stamp}-some-name`, `at ${stamp}`]) {
          assert.equal(redactText(text), text);
        }
        if (moment.getUTCFullYear() > 2033) return;
        const nanos = `${moment.getTime()}${String(rest).padStart(6, '0')}`;
        for (const text of [`at ${moment.getTime()}`, micros, nanos]) {
          assert.equal(redactText(text), text);
        }
      }),
    );
  });

  it('leaves ids, routes and plain sentences alone', () => {
    for (const text of [
      '019aaf2e-0f7a-7c31-9a55-0123456789ab',
      '4bf92f3577b34da6a3ce929d0e0e4736',
      'GET /api/v1/assessments/:id',
      'The token bucket is empty; 3 secrets were found in 5 files.',
      'http://127.0.0.1:8000/health',
    ]) {
      assert.equal(redactText(text), text);
    }
  });

  it('lets no secret show where a text is cut', () => {
    for (const start of [
      'postgres://u:',
      'to ada.lovelace',
      'eyJhbGciOiJIUzI1NiJ9',
      'AKIA',
      '4111 1111',
    ]) {
      const text = `${'x '.repeat(4090)}${start}GEHEIM47geheim11${'@db.example.com '.repeat(10)}`;
      assert.ok(!redactText(text).includes('GEHEIM'), start);
    }
  });

  it('reads no more than 8,192 characters, whatever the text', () => {
    for (const unit of [
      'a',
      '://a:',
      'a@',
      'password=',
      'eyJ',
      '1 ',
      '-----BEGIN ',
      'a.',
      '"',
      'Bearer ',
    ]) {
      const long = unit.repeat(100_000);
      const other = `${long.slice(0, 8192)}${'?'.repeat(long.length - 8192)}`;
      assert.equal(redactText(long), redactText(other), unit);
    }
  });
});

describe('isSecretKey', () => {
  it('knows secrets in any spelling', () => {
    for (const key of [
      'password',
      'DB_PASSWORD',
      'X-API-Key',
      'accessToken',
      'set-cookie',
      'Authorization',
      'client_secret',
      'privateKey',
      'jwt',
      'signature',
      'passphrase',
      'PGPASSWORD',
      'AccountKey',
      'SharedAccessKey',
      'aws_secret_access_key',
      'x-amz-security-token',
      'password_hash',
      'sessionId',
      'cookies',
      'connectionString',
      'cardNumber',
      'API_KEY_2',
    ]) {
      assert.ok(isSecretKey(key), key);
    }
  });
  it('leaves ordinary members alone', () => {
    const names = `route candidate_id duration_ms key author stage tokens max_tokens token_count
      tokenizer tokenType className secretary passage compass passport bypass authorization_policy
      cookie_policy authorName session_count digest design signal primaryKey public_key cache_key
      Idempotency-Key Sec-WebSocket-Key has_password password_policy secretName nextPageToken
      request_id traceparent assessment lesson ssn_check desktop`;
    for (const key of ['', ...names.split(/\s+/)]) {
      assert.ok(!isSecretKey(key), key);
    }
  });
});

describe('isSecretMember', () => {
  it('asks the value where the name may mean either', () => {
    assert.ok(isSecretMember('session', 's%3AGEHEIM47.geheim11'));
    assert.ok(!isSecretMember('session', 'new'));
    assert.ok(!isSecretMember('pass', 12));
    assert.ok(isSecretMember('otp', 123456));
    assert.ok(!isSecretMember('cookies', 2));
    assert.ok(!isSecretMember('has_password', true) && !isSecretMember('token', undefined));
  });
});

describe('redactErrorText', () => {
  it('strips the values from statements that a driver quotes', () => {
    const text = `insert into "users" ("mail") values ('x') - duplicate key`;
    assert.equal(redactErrorText(text), 'insert into "users" ("mail") values (?) - duplicate key');
  });
  it('strips the offending value of SQLSTATE 22xxx and 23xxx', () => {
    const text = 'invalid input syntax for type uuid: "hunter2"';
    assert.equal(redactErrorText(text, '22P02'), 'invalid input syntax for type uuid: "?"');
    assert.equal(
      redactErrorText('relation "users" does not exist', '42P01'),
      'relation "users" does not exist',
    );
  });
  it('leaves out the row that PostgreSQL details, and what a function of the database raises', () => {
    const row = 'violates check constraint "c"\n - detail: Failing row contains (ada, {}).\nMore';
    assert.equal(redactErrorText(row, '23514'), 'violates check constraint "?"');
    assert.equal(redactErrorText('value ada', 'P0001'), '[redacted]');
  });
  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.anything(), (text, code) => void redactErrorText(text, code)),
    );
  });
});
