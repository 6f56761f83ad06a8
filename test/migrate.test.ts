import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestDir, testDatabase } from '#test/support/database.ts';

const script = join(import.meta.dirname, '../src/migrate.ts');

interface Outcome {
  code: number;
  out: string;
  err: string;
}

describe('npm run migrate', () => {
  const database = testDatabase({ migrated: false });
  let cwd: string;
  beforeEach(() => {
    cwd = makeTestDir();
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const migrate = (args: string[], env: Record<string, string> = { DATABASE_URL: database.url }) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [script, ...args], { cwd, env }, (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), out, err });
      });
    });

  it('shows, applies and reverts, one migration to a line', async () => {
    const before = await migrate(['status']);
    assert.equal(before.code, 3);
    assert.match(before.out, /^(pending \d{14}-\S+\n)+$/);
    const up = await migrate(['up']);
    assert.deepEqual(up, { code: 0, out: before.out.replaceAll('pending', 'applied'), err: '' });
    assert.equal((await migrate(['up'])).out, 'nothing to apply\n');
    assert.deepEqual(await migrate(['status']), up);
    const down = await migrate(['down']);
    assert.match(down.out, /^reverted \d{14}-\S+\n$/);
    assert.equal((await migrate(['status'])).code, 3);
  });

  it('explains itself when it is called wrongly', async () => {
    for (const args of [[], ['sideways'], ['up', 'now'], ['__proto__'], ['--help']]) {
      const { code, out, err } = await migrate(args);
      assert.equal(code, 64);
      assert.equal(out, '');
      assert.match(err, /^Usage: npm run migrate -- up \| down \| status\n/);
    }
  });

  it('refuses a wrong configuration with exit code 78, without its value', async () => {
    const { code, err } = await migrate(['up'], { DATABASE_URL: 'mysql://user:canary@host/name' });
    assert.equal(code, 78);
    assert.match(err, /DATABASE_URL/);
    assert.doesNotMatch(err, /canary/);
  });

  it('fails with one line when the database is away', async () => {
    const url = 'postgresql://user:canary@127.0.0.1:1/name';
    const { code, err } = await migrate(['up'], { DATABASE_URL: url });
    assert.equal(code, 1);
    assert.equal(err, 'connect ECONNREFUSED 127.0.0.1:1\n');
  });

  it('works on the embedded database when none is configured', async () => {
    const dataDir = join(cwd, 'data');
    mkdirSync(dataDir, { mode: 0o711 });
    const env = { DATA_DIR: dataDir };
    assert.equal((await migrate(['up'], env)).code, 0);
    assert.match((await migrate(['status'], env)).out, /^(applied \S+\n)+$/);
  });
});
