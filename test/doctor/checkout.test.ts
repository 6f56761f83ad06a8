import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCheckout, type Git } from '#src/doctor/checkout.ts';

describe('the folder that the doctor runs in', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sono-doctor-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** @param tracked null: no checkout */
  const gitWith =
    (tracked: string | null, isIgnored = true): Git =>
    (_folder, [command]) =>
      Promise.resolve(command === 'ls-files' ? tracked : isIgnored ? '' : null);
  const look = async (git: Git, production = false) =>
    (await checkCheckout(folder, production, git)).map(([id, { status }]) => `${id} ${status}`);

  it('tracks no .env file, or fails with the names of those that it tracks', async () => {
    assert.deepEqual(await look(gitWith('')), ['env-file pass', 'scans unknown']);
    assert.deepEqual(await look(gitWith('.env.example\0')), ['env-file pass', 'scans unknown']);
    const found = await checkCheckout(folder, false, gitWith('.env\0deploy/.env.production\0'));
    const [, finding] = found[0] ?? assert.fail();
    assert.equal(finding.status, 'fail');
    assert.match(finding.detail, /tracks \.env, deploy\/\.env\.production\.$/);
    assert.match(finding.fix ?? '', /change every secret/);
  });

  it('ignores .env', async () => {
    assert.deepEqual((await look(gitWith('', false)))[1], 'env-file warn');
  });

  it('says that it cannot see what is committed where there is no checkout, as in an image', async () => {
    assert.equal((await look(gitWith(null)))[0], 'env-file unknown');
    // Also with the git of this machine, or without one.
    assert.deepEqual((await checkCheckout(folder, true))[0]?.[1].status, 'unknown');
  });

  it('warns of a .env that others may read, or that production would not', async () => {
    writeFileSync(join(folder, '.env'), 'SECRET_KEY=x\n', { mode: 0o600 });
    assert.deepEqual(await look(gitWith('')), ['env-file pass', 'scans unknown']);
    chmodSync(join(folder, '.env'), 0o644);
    assert.deepEqual((await look(gitWith(''))).slice(1, 2), ['env-file warn']);
    assert.deepEqual((await look(gitWith(''), true)).slice(1, 3), [
      'env-file warn',
      'env-file warn',
    ]);
  });

  it('names the scanners of its pipelines', async () => {
    mkdirSync(join(folder, '.github/workflows'), { recursive: true });
    const workflow = join(folder, '.github/workflows/ci.yml');
    writeFileSync(workflow, 'run: npm test\n');
    assert.equal((await look(gitWith(''))).at(-1), 'scans warn');
    writeFileSync(workflow, 'run: npm audit --audit-level=high && npx secretlint "**"\n');
    const found = await checkCheckout(folder, false, gitWith(''));
    assert.match(found.at(-1)?.[1].detail ?? '', /npm audit, secretlint/);
    assert.equal(found.at(-1)?.[1].status, 'pass');
  });
});
