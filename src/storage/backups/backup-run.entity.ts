import { defineEntity, p } from '@mikro-orm/core';

export const backupRunKinds = ['backup', 'verified_restore'] as const;
export type BackupRunKind = (typeof backupRunKinds)[number];

/** A backup that was made whole, or that was restored and found equal to what was backed up. */
export const BackupRunEntity = defineEntity({
  name: 'BackupRun',
  tableName: 'backup_runs',
  indexes: [{ properties: ['kind', 'finishedAt'] }],
  checks: [
    {
      name: 'backup_runs_kind_check',
      expression: `kind in (${backupRunKinds.map((kind) => `'${kind}'`).join(', ')})`,
    },
  ],
  properties: {
    id: p.uuid().primary(),
    kind: p.string().columnType('varchar(16)').collation('C').$type<BackupRunKind>(),
    /** Name of its folder. */
    backup: p.string().columnType('varchar(64)'),
    bytes: p.bigint(),
    finishedAt: p.datetime(3).fieldName('finished_at'),
  },
});
