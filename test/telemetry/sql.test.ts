import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeSql, sqlOperation } from '#telemetry/sql.ts';

describe('describeSql', () => {
  const cases: [string, string, string][] = [
    [
      `select * from "candidates" where "id" = 'ada@example.com'`,
      'select * from "candidates" where "id" = ?',
      'SELECT candidates',
    ],
    [
      `select "a"."x" from "public"."assessments" as "a" limit 20`,
      'select "a"."x" from "public"."assessments" as "a" limit ?',
      'SELECT assessments',
    ],
    [
      `insert into "t" ("a", "b") values ('x', 1), ('y', 2)`,
      'insert into "t" ("a", "b") values (?)',
      'INSERT t',
    ],
    [
      `update only t set a = E'it\\'s', b = -1.5e3 where c in (1, 2, 3)`,
      'update only t set a = ?, b = -? where c in (?)',
      'UPDATE t',
    ],
    [`delete from t where a = 'O''Brien'`, 'delete from t where a = ?', 'DELETE t'],
    [
      `with made as (insert into people values (1) returning id), kept as (select id from people) select id from made union all select id from kept`,
      'with made as (insert into people values (?) returning id), kept as (select id from people) select id from made union all select id from kept',
      'SELECT people',
    ],
    [
      'with a as (select 1 from t), b as materialized (select 1 from a) select 1 from b',
      'with a as (select ? from t), b as materialized (select ? from a) select ? from b',
      'SELECT t',
    ],
    [
      `with c as (select 1 from inner_table) update t set a = 2`,
      'with c as (select ? from inner_table) update t set a = ?',
      'UPDATE t',
    ],
    [`select\n  $1::text, $$do not show$$, $tag$ nor 'this' $tag$`, 'select $1::text, ?', 'SELECT'],
    [
      `select count(*) from (select 1 from hidden) x`,
      'select count(*) from (select ? from hidden) x',
      'SELECT',
    ],
    [`/* secret /* nested */ still */ select 1 -- secret\nfrom t`, 'select ? from t', 'SELECT t'],
    [`select b'01', X'ff', U&'x', t.v1 from t`, 'select ?, t.v1 from t', 'SELECT t'],
    ['begin isolation level read committed', 'begin isolation level read committed', 'BEGIN'],
    [`select 'never ends`, 'select ?', 'SELECT'],
    ['', '', 'OTHER'],
    ['gibberish from nowhere', 'gibberish from nowhere', 'OTHER'],
  ];
  for (const [sql, text, summary] of cases) {
    it(`shows ${JSON.stringify(sql)} as ${summary}`, () => {
      assert.deepEqual(describeSql(sql), { text, summary });
    });
  }

  it('never shows a string literal, however it is quoted', () => {
    const quote: ((text: string) => string)[] = [
      (text) => `'${text.replaceAll("'", "''")}'`,
      (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
      (text) => `$q$${text.replaceAll('$', '')}$q$`,
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...quote), fc.string()), { minLength: 1, maxLength: 5 }),
        (literals) => {
          const values = literals.map(([write, text]) => write(`${text}GEHEIM${text}`));
          const { text } = describeSql(
            `select * from t where x in (${values.join(', ')}) and y = 1`,
          );
          assert.equal(text, 'select * from t where x in (?) and y = ?');
        },
      ),
    );
  });

  it('reads no more than 16,384 characters, whatever the text', () => {
    for (const unit of ["'", '"', '(', '/*', '$a$', "E'\\", '?,', 'a ', '1 ', '$']) {
      const long = unit.repeat(200_000);
      assert.ok(describeSql(long).text.length <= 2001);
      assert.deepEqual(describeSql(long), describeSql(long.slice(0, 16_384)), unit);
    }
  });
});

describe('sqlOperation', () => {
  it('is a closed set', () => {
    assert.equal(sqlOperation('SELECT\n*'), 'SELECT');
    assert.equal(sqlOperation("'geheim'"), 'OTHER');
    assert.equal(sqlOperation('hunter2'), 'OTHER');
  });
});
