import assert from 'node:assert/strict';
import { checkArchive, judge, judgeBackups } from '#src/doctor/database.ts';
import type { Database } from '#src/storage/postgres/database.ts';

const facts = {
  version: 18,
  maxConnections: 100,
  connections: 10,
  isSuperuser: false,
  tls: true,
  clockSkewMs: 200,
};

describe('a PostgreSQL in the eyes of the doctor', () => {
  const bad = (change: Partial<typeof facts>) =>
    judge({ ...facts, ...change }, 20)
      .filter(([, { status }]) => status !== 'pass')
      .map(([id, { status, detail }]) => `${id} ${status}: ${detail}`);

  it('is new enough, has room, and lets in no superuser', () => {
    assert.deepEqual(bad({}), []);
    assert.deepEqual(bad({ version: 13 }), ['database fail: PostgreSQL 13 is too old.']);
    assert.deepEqual(bad({ isSuperuser: true }), [
      'database warn: The user of DATABASE_URL is a superuser.',
    ]);
    assert.deepEqual(bad({ connections: 60 }), []);
    assert.deepEqual(bad({ connections: 61 }), [
      'database warn: 61 of 100 connections are in use, and the service wants up to 20.',
    ]);
  });

  it('has the time that we have, give or take half a minute', () => {
    assert.deepEqual(bad({ clockSkewMs: -30_000 }), []);
    assert.deepEqual(bad({ clockSkewMs: -31_000 }), [
      'process warn: The clocks of this machine and of PostgreSQL are 31 s apart.',
    ]);
  });

  it('has a backup of a day and a restore of a week, or neither is any good', () => {
    const now = new Date('2026-12-01T12:00:00Z');
    const ago = (hours: number | null) =>
      hours === null ? null : now.getTime() - hours * 3_600_000;
    const judged = (backup: number | null, verified: number | null) => {
      const found = judgeBackups({ backup: ago(backup), verified_restore: ago(verified) }, now);
      return found === null ? null : `${found.status}: ${found.detail}`;
    };
    assert.equal(judged(null, null), null);
    assert.equal(
      judged(26, 192),
      'pass: The newest backup is 26 hours old, and a restore was verified 192 hours ago.',
    );
    assert.equal(judged(27, 1), 'fail: The newest backup is 27 hours old.');
    assert.equal(judged(1, null), 'fail: No restore was verified ever.');
    assert.equal(judged(1, 193), 'fail: No restore was verified for 193 hours.');
  });

  it('archives what it writes, or does not, which is no proof that nobody dumps it', async () => {
    const status = async (on: boolean, archived: boolean | null, failing: boolean) => {
      const execute = () => Promise.resolve([{ on, archived, failing }]);
      const database = { em: () => ({ execute }) } as unknown as Database;
      return (await checkArchive(database)).status;
    };
    assert.equal(await status(false, null, false), 'unknown');
    assert.equal(await status(true, true, false), 'pass');
    assert.equal(await status(true, true, true), 'fail');
    assert.equal(await status(true, null, false), 'warn');
  });
});
