import { observableGauge } from '#telemetry/metrics.ts';
import type { NewestRuns } from './backup-runs.ts';

export const backupLastSuccess = observableGauge({
  name: 'backup_last_success_timestamp_seconds',
  help: 'When the newest backup was made whole, as the database knows it; 0: never',
  // Each process asks the same table.
  combine: 'max',
});

export const verifiedRestoreLastSuccess = observableGauge({
  name: 'backup_verified_restore_last_success_timestamp_seconds',
  help: 'When a backup was last restored and found equal to what was backed up; 0: never',
  combine: 'max',
});

/** Nothing is shown before the table was read once. @returns ends it */
export function observeBackups(newest: () => NewestRuns | null): () => void {
  const seconds = (ms: number | null) => (ms === null ? 0 : ms / 1000);
  const stops = [
    backupLastSuccess.addCallback((observe) => {
      const known = newest();
      if (known !== null) observe({}, seconds(known.backup));
    }),
    verifiedRestoreLastSuccess.addCallback((observe) => {
      const known = newest();
      if (known !== null) observe({}, seconds(known.verified_restore));
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
