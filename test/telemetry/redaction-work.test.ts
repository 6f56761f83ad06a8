/** Redaction reads what strangers send: its work must grow no faster than the text. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSecretKey, redactErrorText, redactText } from '#telemetry/redaction.ts';
import { countSteps } from '#test/support/regex-steps.ts';

/** What makes an expression begin, go on or give up, in every pattern. */
const pieces = [
  ...'://|:|/|@|.|-|_| |\n|\t|"|\'|`|<|>|=|,|?|$|(|;|a|A|1|é|\\'.split('|'),
  ...'eyJ|eyJabcd|se_|pwd|token|Bearer|digest|-----BEGIN |-----END |PRIVATE KEY-----'.split('|'),
  ...'password="|secret: |cookie: a=1; |Authorization: |://u:|@h|AKIA|sk-|xoxb-|PRIVATE'.split('|'),
  ...'%3D|%40|%25|%20|\\"|\\\\"|\\n|<a>|</|)=(|--key |=>|:=|;|&|1234 |4111-|&quot;'.split('|'),
  ..."- detail:|select |/**/|--|/*|e'|$a$|access_|api_key|4111".split('|'),
];

/** Texts that one of the patterns nearly matches, again and again. */
const nearly = [
  ['://a:', '://:', '://a<b:', '://', '://a:b@', '://a:"', 'a@', 'a@b', '@', 'a.', 'a@a.a@'],
  ['eyJ-', '-eyJabcd', 'eyJabcd.', 'eyJabcd.ab', 'se_', '-se_', 'Bearer ', 'Bearer\t\n', 'basic'],
  ['password=', 'pwd="', "pwd='", 'pwd="token=\'', 'access_', 'api_key', 'cookie :', 'token  '],
  ['1 ', '1-', '1', '1234567890123 ', '12345678901234567890', '-----BEGIN ', '-----BEGIN A '],
  ['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY----------END ', 'PRIVATE KEY-----'],
  ['password="a', 'password=\\"a', "secret='a", 'token=a,', 'token=a;b', 'key: |\n a', '["', "='"],
  ['cookie: ', 'cookie: a=', 'cookie: a=1;', 'set-cookie: a="', 'cookie=a=1; ', 'cookie: a,b=c'],
  ['authorization: a ', 'authorization: a b="', 'authorization: token ', 'signature: a=1,'],
  [
    'AKIA',
    'sk-',
    'ask-',
    'ghp_',
    'xoxb-1',
    '-sk-a1',
    'key-0',
    'SG.',
    'pat',
    '12345678:AA',
    'Maaaa',
  ],
  // Names whose values tell nothing, so that each is looked at again within the one before.
  [
    'Bearer:',
    'session="',
    'auth=',
    'cookie:{',
    'authorization:{',
    'sid=[',
    'Bearer: |\n ',
    "sid='a",
  ],
  ['-session "', '--password "', '-auth a', 'session:session=', 'Bearer=&quot;'],
  ['curl -u a:"', 'curl -', 'curl -u a', 'mysql -p', 'mysql ', 'sshpass -p"', 'redis-cli -a '],
  // Parts that an expression may divide in several ways.
  ['pwdxoxb-', 'Ase_', 'ab-', 'Ab/', '\\n', ' \n', '\t '],
  ['eyJabcdefgh.', 'aaaaaaaa.', 'eyJ.eyJ.', '-----BEGIN PRIVATE KEY-----a', 'BEGIN PRIVATE KEY'],
  ['1111 ', '4111-', '4111 1111 1111 1111 ', '4.', '1+', 'id=4', '4111111111111111,', 'a1 '],
  ['%3D', '%25', '%2525', '%40', 'a%40b.c', '%22key%22%3A', '://a%3A', '%', '%4'],
  ['<a>', '<a b', '</', '(a)=(', '(a,', '--key a', '-a -', "password 'a", 'cvv 1', 'password a1'],
  ['\\', '\\"', '\\\\\\"', 'key\\', 'key\\"', 'key\\\\":\\\\"a', '&quot;', 'key&quot;:&quot;'],
  [
    'request_id=',
    'x-request-id: a',
    'request_id',
    '"a"@',
    '@a-',
    '@a.b-',
    'a+',
    "o'",
    '@1.',
    'a@2x.png',
  ],
  [' ', '\n', '\t- detail', ' -', '- detail:', '"', 'select ', '?/**/', '$a', '$', '(1),', "'"],
].flat();

/** One start, and then a long text that it does not match to the end, or the end comes first. */
const starts = [
  '',
  '@',
  'eyJ',
  '://a:',
  'pwd="',
  'Bearer ',
  'basic ',
  '-----BEGIN PRIVATE KEY-----',
  'select 1',
  "select e'",
  '%41',
  'sk-',
];
const ends = ['', '@b.c', '"'];

/** A quarter of it is longer than the longest bounded repetition (500), so that only what has no bound shows. */
const LENGTH = 2048;
/** Statements are shorter here: the matcher that counts goes one call deeper with each literal. */
const SQL_LENGTH = 1024;

/**
 * The most that a character may cost, whatever the length: the finders, their starts, their ends. A
 * text that is percent-encoded is read up to four times.
 */
const MAX_STEPS = 400;

function assertLinear(redact: (text: string) => unknown, text: string): void {
  const steps = countSteps(() => redact(text)) / text.length;
  assert.ok(steps <= MAX_STEPS, `${JSON.stringify(text.slice(0, 40))}: ${steps} for a character`);
}

/** Work that grows with the square of the length would be four times as much for a character. */
function assertGrowth(part: string, end: string): void {
  const [short, long] = [LENGTH / 4, LENGTH].map((length) => {
    const text = repeated(part, '', end, length);
    return countSteps(() => redactText(text)) / text.length;
  }) as [number, number];
  const told = `${JSON.stringify(part)}: ${short} and ${long} for a character`;
  assert.ok(long <= MAX_STEPS && long <= 1.3 * short + 10, told);
}

function repeated(unit: string, start: string, end: string, length = LENGTH): string {
  const body = unit.repeat(Math.ceil(length / unit.length));
  return start + body.slice(0, length - start.length - end.length) + end;
}

describe('the work of redaction', () => {
  // With this SQLSTATE all expressions for errors have their turn.
  const redactError = (text: string) => redactErrorText(text, '23505');
  const unit = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(''));

  it('is bounded for each character, whatever the text nearly matches', () => {
    for (const part of nearly) {
      assertGrowth(part, '');
      for (const end of ['', '@b.c"']) {
        for (const start of ['Bearer ', '-----BEGIN PRIVATE KEY-----']) {
          assertLinear(redactText, repeated(part, start, `${end}!`, SQL_LENGTH));
        }
        assertLinear(redactError, repeated(part, 'select 1', end, SQL_LENGTH));
      }
    }
  });

  it('is bounded for each character of any text that repeats', () => {
    fc.assert(
      fc.property(unit, fc.constantFrom(...starts), fc.constantFrom(...ends), (...parts) => {
        const text = repeated(...parts);
        assertLinear(redactText, text);
        assertLinear(redactError, repeated(...parts, SQL_LENGTH));
        assertLinear(isSecretKey, text);
      }),
      { numRuns: 30 },
    );
  });

  it('is bounded for error texts, which are not cut first', () => {
    for (const part of [' ', '\n', '\t- detail', '- detail:', '"', 'a', '-']) {
      assertLinear(redactError, repeated(part, 'x', '', 16 * LENGTH));
    }
  });
});

describe('the count of steps', () => {
  it('tells an expression that is linear from one that is not', () => {
    const steps = (regex: RegExp, length: number) =>
      countSteps(() => void regex.test('a'.repeat(length)));
    assert.equal(steps(/b/, 100), 202);
    assert.equal(steps(/b/, 200), 402);
    assert.ok(steps(/a+b/, 200) > 3.9 * steps(/a+b/, 100));
    assert.ok(steps(/(?:a|aa)+b/, 20) > 50 * steps(/(?:a|aa)+b/, 10));
    assert.equal(
      countSteps(() => void 'abcabc'.indexOf('c')),
      3,
    );
  });
});
