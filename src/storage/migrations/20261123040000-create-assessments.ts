import { Migration } from '@mikro-orm/migrations';

/** Candidates, their assessments, and the path scores that filters and statistics read. */
export class CreateAssessments extends Migration {
  override up(): void {
    this.addSql(`
      create table candidates (
        id varchar(100) collate "C" primary key,
        initial_data jsonb not null,
        created_at timestamptz(3) not null
      )`);
    this.addSql(`
      create table assessments (
        id varchar(43) collate "C" primary key,
        candidate_id varchar(100) collate "C" not null
          constraint assessments_candidate_id_foreign references candidates on delete cascade,
        submission_type varchar(32) not null,
        overall_score double precision,
        input_sha256 char(64) not null,
        created_at timestamptz(3) not null,
        input json not null,
        result json not null
      )`);
    this.addSql('create index assessments_candidate_id_id_index on assessments (candidate_id, id)');
    this.addSql(`
      create table assessment_path_scores (
        assessment_id varchar(43) collate "C" not null
          constraint assessment_path_scores_assessment_id_foreign references assessments on delete cascade,
        path varchar(32) not null,
        score double precision,
        confidence double precision not null,
        primary key (assessment_id, path)
      )`);
    this.addSql(
      'create index assessment_path_scores_path_score_index on assessment_path_scores (path, score)',
    );
  }

  override down(): void {
    this.addSql('drop table assessment_path_scores');
    this.addSql('drop table assessments');
    this.addSql('drop table candidates');
  }
}
