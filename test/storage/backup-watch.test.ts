import assert from 'node:assert/strict';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { createBackupWatch } from '#src/storage/backups/backup-watch.ts';
import { recordBackupRun } from '#src/storage/backups/backup-runs.ts';
import { observeBackups } from '#src/storage/backups/metrics.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { testDatabase } from '#test/support/database.ts';
import { until } from '#test/support/until.ts';

describe('the age of backups', () => {
  const database = testDatabase();

  it('is read once a minute, and what was read stays while the database is away', async () => {
    let isAway = true;
    const timers: { ms: number; run: () => void }[] = [];
    const watch = createBackupWatch({
      em(): SqlEntityManager {
        if (isAway) throw new Error('away');
        return database.db.em();
      },
      after(ms, run) {
        timers.push({ ms, run });
        return () => {};
      },
    });
    const stop = observeBackups(watch.newest);
    const shown = async () => {
      const { body } = await renderMetrics('text/plain');
      return body
        .split('\n')
        .filter((line) => /^backup_\w+ /.test(line))
        .toSorted();
    };
    const next = async (rounds: number) => {
      timers.at(-1)?.run();
      await until(() => timers.length === rounds);
    };
    try {
      watch.start();
      await until(() => timers.length === 1);
      assert.equal(watch.newest(), null);
      isAway = false;
      await next(2);
      assert.deepEqual(watch.newest(), { backup: null, verified_restore: null });
      const at = (text: string) => new Date(text);
      for (const finishedAt of [at('2026-12-01T10:00:00.5Z'), at('2025-01-01T00:00:00Z')]) {
        const run = { kind: 'backup', backup: 'one', bytes: 1, finishedAt } as const;
        await recordBackupRun(database.db.em(), run);
      }
      await next(3);
      isAway = true;
      await next(4);
      assert.deepEqual(watch.newest(), {
        backup: at('2026-12-01T10:00:00.5Z').getTime(),
        verified_restore: null,
      });
      assert.deepEqual(new Set(timers.map(({ ms }) => ms)), new Set([60_000]));
      const seconds = at('2026-12-01T10:00:00.5Z').getTime() / 1000;
      assert.deepEqual(await shown(), [
        `backup_last_success_timestamp_seconds ${seconds}`,
        'backup_verified_restore_last_success_timestamp_seconds 0',
      ]);
    } finally {
      stop();
      await watch.close();
    }
  });
});
