import { Migration } from '@mikro-orm/migrations';

/** Assessments that outlive their request. What pg-boss needs of them is in its own schema. */
export class CreateJobs extends Migration {
  override up(): void {
    this.addSql(`
      create table assessment_batches (
        id varchar(42) collate "C" primary key,
        owner varchar(64) collate "C" not null,
        total int not null,
        callback_url varchar(2048) null,
        created_at timestamptz(3) not null,
        finished_at timestamptz(3) null
      )`);
    this.addSql(`
      create table assessment_jobs (
        id varchar(40) collate "C" primary key,
        owner varchar(64) collate "C" not null,
        candidate_id varchar(100) collate "C" null,
        assessment_id varchar(43) collate "C" not null,
        batch_id varchar(42) collate "C" null,
        item int null,
        queue varchar(32) collate "C" not null,
        status varchar(16) not null,
        is_sent boolean not null,
        is_dead boolean not null,
        priority int not null,
        attempts int not null,
        progress int not null,
        revision int not null,
        input json null,
        callback_url varchar(2048) null,
        problem json null,
        created_at timestamptz(3) not null,
        started_at timestamptz(3) null,
        finished_at timestamptz(3) null
      )`);
    this.addSql(
      `alter table assessment_jobs add constraint assessment_jobs_batch_id_foreign
       foreign key (batch_id) references assessment_batches (id) on update no action on delete cascade`,
    );
    const index = (name: string, rest: string) => this.addSql(`create index ${name} on ${rest}`);
    index('assessment_jobs_batch_id_item_index', 'assessment_jobs (batch_id, item)');
    index('assessment_jobs_candidate_id_index', 'assessment_jobs (candidate_id)');
    index('assessment_jobs_finished_at_index', 'assessment_jobs (finished_at)');
    index(
      'assessment_jobs_unfinished_index',
      'assessment_jobs (owner, queue) where finished_at is null',
    );
    index(
      'assessment_jobs_waiting_index',
      'assessment_jobs (queue, priority desc, created_at) where finished_at is null',
    );
    index('assessment_jobs_dead_index', 'assessment_jobs (id) where is_dead');
    index('assessment_batches_finished_at_index', 'assessment_batches (finished_at)');
  }

  override down(): void {
    this.addSql('drop table assessment_jobs');
    this.addSql('drop table assessment_batches');
  }
}
