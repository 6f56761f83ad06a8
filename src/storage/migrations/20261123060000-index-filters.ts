import { Migration } from '@mikro-orm/migrations';

/** What the list of assessments filters by; and `json`, which gives `initial_data` back in its order. */
export class IndexFilters extends Migration {
  override up(): void {
    this.addSql('create index assessments_overall_score_index on assessments (overall_score)');
    this.addSql('create index assessments_created_at_index on assessments (created_at)');
    this.addSql('alter table candidates alter column initial_data type json');
  }

  override down(): void {
    this.addSql('alter table candidates alter column initial_data type jsonb');
    this.addSql('drop index assessments_created_at_index');
    this.addSql('drop index assessments_overall_score_index');
  }
}
