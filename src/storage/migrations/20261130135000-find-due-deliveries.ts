import { Migration } from '@mikro-orm/migrations';

/** Deliveries that are not over, by when they are due: the upkeep looks for them among those of 30 days. */
export class FindDueDeliveries extends Migration {
  override up(): void {
    this.addSql(
      `create index webhook_deliveries_due_index on webhook_deliveries (next_attempt_at)
       where status in ('queued', 'retrying')`,
    );
  }

  override down(): void {
    this.addSql('drop index webhook_deliveries_due_index');
  }
}
