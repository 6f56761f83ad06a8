import { Migration } from '@mikro-orm/migrations';

/** Scores of the paths beside the overall one: the statistics of a candidate read each of its rows once. */
export class KeepPathScores extends Migration {
  override up(): void {
    this.addSql('alter table assessments add column path_scores double precision[]');
    this.addSql(`
      update assessments a set path_scores = (
        select array[
          max(score) filter (where path = 'technical'),
          max(score) filter (where path = 'design'),
          max(score) filter (where path = 'collaboration'),
          max(score) filter (where path = 'problem_solving'),
          max(score) filter (where path = 'communication')]
        from assessment_path_scores where assessment_id = a.id)`);
  }

  override down(): void {
    this.addSql('alter table assessments drop column path_scores');
  }
}
