import { Migration } from '@mikro-orm/migrations';

/**
 * Challenges and labels of assessments, names of candidates, and an index for each order in which assessments are
 * listed. What a list is filtered and ordered by stands in one table, since an index is of one table: scores of
 * paths have the challenge, too, and labels the score and the time.
 *
 * `options.challenge` was stored with submissions before: it is read out of them once.
 */
export class CreateCohorts extends Migration {
  override up(): void {
    this.addSql('alter table candidates add column display_name varchar(200)');
    this.addSql('alter table assessments add column challenge varchar(100) collate "C"');
    this.addSql('alter table assessment_path_scores add column challenge varchar(100) collate "C"');
    this.addSql(`
      update assessments set challenge = left(input -> 'options' ->> 'challenge', 100)
      where input -> 'options' ->> 'challenge' <> ''`);
    this.addSql(`
      update assessment_path_scores p set challenge = a.challenge from assessments a
      where a.id = p.assessment_id and a.challenge is not null`);
    this.addSql(`
      create table assessment_labels (
        assessment_id varchar(43) collate "C" not null
          constraint assessment_labels_assessment_id_foreign references assessments on delete cascade,
        label varchar(50) collate "C" not null,
        score double precision,
        created_at timestamptz(3) not null,
        primary key (assessment_id, label)
      )`);
    for (const [table, columns] of indexes) this.addSql(createIndex(table, columns));
    for (const [table, columns] of replaced) this.addSql(`drop index ${nameOf(table, columns)}`);
  }

  override down(): void {
    for (const [table, columns] of replaced) this.addSql(createIndex(table, columns));
    for (const [table, columns] of indexes) this.addSql(`drop index ${nameOf(table, columns)}`);
    this.addSql('drop table assessment_labels');
    this.addSql('alter table assessment_path_scores drop column challenge');
    this.addSql('alter table assessments drop column challenge');
    this.addSql('alter table candidates drop column display_name');
  }
}

type Index = readonly [table: string, columns: readonly string[]];

const indexes: readonly Index[] = [
  ['assessments', ['created_at', 'id']],
  ['assessments', ['overall_score', 'id']],
  ['assessments', ['candidate_id', 'created_at', 'id']],
  ['assessments', ['challenge', 'created_at', 'id']],
  ['assessments', ['challenge', 'overall_score', 'id']],
  ['assessments', ['challenge', 'input_sha256', 'candidate_id']],
  ['assessment_path_scores', ['path', 'score', 'assessment_id']],
  ['assessment_path_scores', ['challenge', 'path', 'score', 'assessment_id']],
  ['assessment_labels', ['label', 'created_at', 'assessment_id']],
  ['assessment_labels', ['label', 'score', 'assessment_id']],
];

/** Each is the beginning of one of the new ones. */
const replaced: readonly Index[] = [
  ['assessments', ['created_at']],
  ['assessments', ['overall_score']],
  ['assessment_path_scores', ['path', 'score']],
];

const nameOf = (table: string, columns: readonly string[]) => `${table}_${columns.join('_')}_index`;

const createIndex = (table: string, columns: readonly string[]) =>
  `create index ${nameOf(table, columns)} on ${table} (${columns.join(', ')})`;
