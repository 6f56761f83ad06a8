import { Migration } from '@mikro-orm/migrations';

/** By what a kept answer tells of: it is deleted with it. */
export class FindKeptAnswers extends Migration {
  override up(): void {
    this.addSql(
      `create index idempotency_keys_location_index on idempotency_keys ((headers ->> 'Location'))`,
    );
  }

  override down(): void {
    this.addSql('drop index idempotency_keys_location_index');
  }
}
