import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';

const fine: [what: string, content: string][] = [
  [
    'a text that may be no JSON',
    'export function read(text: string) {\n  try {\n    return JSON.parse(text);\n  } catch {}\n  return null;\n}\n',
  ],
  [
    'a file that may not be there',
    'export function size(path: string) {\n  try {\n    return fs.statSync(path).size;\n  } catch {}\n  return 0;\n}\n',
  ],
  [
    'a promise that is only waited for',
    'export async function after(result: Promise<void>) {\n  try {\n    await result;\n  } catch {}\n  next();\n}\n',
  ],
  [
    'two statements with a reason',
    'export function tune(socket: Socket) {\n  try {\n    socket.setWindow(3);\n    socket.flush();\n  } catch {\n    // Best effort only.\n  }\n}\n',
  ],
  [
    'columns and aliases in a query',
    'export const list = (key: string, row: string) => db.query(`select a.id, ${key} as key, ${row} from a where ${row}.id = 1`);\n',
  ],
  [
    'a number in a query',
    'export const list = (count: number) => db.query(`select id from a limit ${count}`);\n',
  ],
  [
    'a part of a query',
    'export const same = (name: string) => `(select count(*) from a where a.name = ${name})`;\n',
  ],
  [
    'a built-in under its own name',
    "const process = require('node:process');\nconst Date = global.Date;\n",
  ],
];
const wrong: [rule: string, content: string][] = [
  [
    'swallowed-everything',
    'export async function pay(order: Order) {\n  try {\n    const bill = await charge(order);\n    await save(bill);\n    await mail(order, bill);\n  } catch {}\n}\n',
  ],
  [
    'swallowed-everything',
    'export async function pay(order: Order) {\n  try {\n    await charge(order, 3);\n  } catch {}\n}\n',
  ],
  [
    'sql-injection',
    'export const list = (name: string) => db.query(`select id from a where name = ${name}`);\n',
  ],
  [
    'sql-injection',
    "export const list = (name: string) => db.query(`select id from a where name = '${name}' limit 3`);\n",
  ],
  [
    'sql-injection',
    'export const add = (name: string) => db.query(`insert into a (id, name) values (1, ${name})`);\n',
  ],
];

describe('what well-kept scripts do', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;

  before(async () => {
    facts = await realFacts();
  });

  const rulesIn = (content: string): string[] =>
    facts('src/a.ts', content)
      .smells.filter(({ group }) => group === 'correctness' || group === 'security')
      .map(({ rule }) => rule);

  for (const [what, content] of fine)
    it(`is no mistake: ${what}`, () => {
      assert.deepEqual(rulesIn(content), []);
    });

  for (const [rule, content] of wrong)
    it(`is told from ${rule}: ${content.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(rulesIn(content), [rule]);
    });
});
