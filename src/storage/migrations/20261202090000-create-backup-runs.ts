import { Migration } from '@mikro-orm/migrations';

/** When a backup was made and when one was last proven by a restore, for the metrics of both. */
export class CreateBackupRuns extends Migration {
  override up(): void {
    this.addSql(`
      create table backup_runs (
        id uuid primary key,
        kind varchar(16) collate "C" not null,
        backup varchar(64) not null,
        bytes bigint not null,
        finished_at timestamptz(3) not null,
        constraint backup_runs_kind_check check (kind in ('backup', 'verified_restore'))
      )`);
    this.addSql(
      'create index backup_runs_kind_finished_at_index on backup_runs (kind, finished_at)',
    );
  }

  override down(): void {
    this.addSql('drop table backup_runs');
  }
}
