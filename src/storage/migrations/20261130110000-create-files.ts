import { Migration } from '@mikro-orm/migrations';

/** What was uploaded, whom it is about, and the contents that no row needs any more. */
export class CreateFiles extends Migration {
  override up(): void {
    this.addSql(`
      create table files (
        id varchar(41) collate "C" primary key,
        owner varchar(64) collate "C" not null,
        candidate_id varchar(100) collate "C",
        kind varchar(16) not null,
        filename varchar(512) not null,
        original_filename varchar(512) not null,
        size bigint not null,
        sha256 char(64) not null,
        language varchar(40),
        tags json not null,
        contents json,
        created_at timestamptz(3) not null,
        used_at timestamptz(3) not null,
        constraint files_kind_check check (kind in ('text', 'zip', 'tar.gz', 'folder'))
      )`);
    this.addSql('create index files_owner_id_index on files (owner, id)');
    this.addSql('create index files_candidate_id_index on files (candidate_id)');
    this.addSql('create index files_sha256_index on files (sha256)');
    this.addSql('create index files_used_at_index on files (used_at)');
    this.addSql(`
      create table file_candidates (
        file_id varchar(41) collate "C" not null
          constraint file_candidates_file_id_foreign references files on delete cascade,
        candidate_id varchar(100) collate "C" not null,
        primary key (file_id, candidate_id)
      )`);
    this.addSql(
      'create index file_candidates_candidate_id_index on file_candidates (candidate_id)',
    );
    this.addSql('create table file_removals (sha256 char(64) primary key)');
  }

  override down(): void {
    this.addSql('drop table file_removals');
    this.addSql('drop table file_candidates');
    this.addSql('drop table files');
  }
}
