import { Migration } from '@mikro-orm/migrations';

/**
 * Rubrics of challenges, and what a canary of one found: a row an assessment, which goes with it. Jobs that judge a
 * stored submission again name it, and the rubric, instead of a copy of it.
 */
export class CreateRubrics extends Migration {
  override up(): void {
    this.addSql(`
      create table rubrics (
        version varchar(20) collate "C" primary key,
        base varchar(7) collate "C" not null,
        challenge varchar(100) collate "C" not null,
        title varchar(200) not null,
        changes json not null,
        created_by varchar(64) collate "C" not null,
        created_at timestamptz(3) not null,
        published_at timestamptz(3),
        published_by varchar(64) collate "C",
        in_force_at timestamptz(3),
        canary_job uuid,
        canary_against varchar(20) collate "C",
        canary_engine varchar(20) collate "C",
        canary_begun_at timestamptz(3),
        canary_finished_at timestamptz(3),
        canary_problem json
      )`);
    this.addSql(
      'create index rubrics_challenge_in_force_at_index on rubrics (challenge, in_force_at)',
    );
    this.addSql('create index rubrics_created_at_version_index on rubrics (created_at, version)');
    this.addSql(
      'create index rubrics_challenge_created_at_version_index on rubrics (challenge, created_at, version)',
    );
    this.addSql(`
      create table rubric_canary_scores (
        rubric_version varchar(20) collate "C" not null
          constraint rubric_canary_scores_rubric_version_foreign references rubrics on update cascade on delete cascade,
        assessment_id varchar(43) collate "C" not null
          constraint rubric_canary_scores_assessment_id_foreign references assessments on update cascade on delete cascade,
        scored boolean not null,
        scores json,
        primary key (rubric_version, assessment_id)
      )`);
    this.addSql(
      'create index rubric_canary_scores_assessment_id_index on rubric_canary_scores (assessment_id)',
    );
    this.addSql(`
      alter table assessment_jobs
        add column reassessment_of varchar(43) collate "C",
        add column rubric varchar(20) collate "C"`);
    this.addSql(
      'create index assessment_jobs_reassessment_of_index on assessment_jobs (reassessment_of) where finished_at is null',
    );
  }

  override down(): void {
    this.addSql('drop index assessment_jobs_reassessment_of_index');
    this.addSql('alter table assessment_jobs drop column reassessment_of, drop column rubric');
    this.addSql('drop table rubric_canary_scores');
    this.addSql('drop table rubrics');
  }
}
