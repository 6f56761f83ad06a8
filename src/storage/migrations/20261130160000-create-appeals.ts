import { Migration } from '@mikro-orm/migrations';

/** Who disputes an item of evidence, and what another person decided. */
export class CreateAppeals extends Migration {
  override up(): void {
    this.addSql(`
      create table assessment_appeals (
        id varchar(43) collate "C" primary key,
        assessment_id varchar(43) collate "C" not null
          constraint assessment_appeals_assessment_id_foreign references assessments on delete cascade,
        candidate_id varchar(100) collate "C" not null,
        evidence_id varchar(64) collate "C" not null,
        reason varchar(2000) not null,
        status varchar(8) not null,
        note varchar(2000),
        filed_by varchar(64) collate "C" not null,
        filed_at timestamptz(3) not null,
        decided_by varchar(64) collate "C",
        decided_at timestamptz(3),
        constraint assessment_appeals_status_check check (status in ('open', 'upheld', 'rejected')),
        constraint assessment_appeals_decided_check check ((status = 'open') = (decided_by is null))
      )`);
    this.addSql(
      'create index assessment_appeals_assessment_id_id_index on assessment_appeals (assessment_id, id)',
    );
    this.addSql(
      'create index assessment_appeals_candidate_id_id_index on assessment_appeals (candidate_id, id)',
    );
    this.addSql(
      `create unique index assessment_appeals_evidence_index on assessment_appeals (assessment_id, evidence_id) where status <> 'rejected'`,
    );
  }

  override down(): void {
    this.addSql('drop table assessment_appeals');
  }
}
