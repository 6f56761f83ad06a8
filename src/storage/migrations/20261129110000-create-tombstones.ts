import { Migration } from '@mikro-orm/migrations';

/** Who was erased, by handle, for a backup that is restored; and by what retention finds whom it erases. */
export class CreateTombstones extends Migration {
  override up(): void {
    this.addSql(`
      create table candidate_tombstones (
        id uuid primary key,
        handle varchar(22) collate "C" not null,
        erased_at timestamptz(3) not null,
        erased json not null,
        reason varchar(16) not null,
        request_id varchar(128) null
      )`);
    this.addSql(
      'create index candidate_tombstones_handle_erased_at_index on candidate_tombstones (handle, erased_at)',
    );
    this.addSql('create index candidates_created_at_id_index on candidates (created_at, id)');
  }

  override down(): void {
    this.addSql('drop index candidates_created_at_id_index');
    this.addSql('drop table candidate_tombstones');
  }
}
