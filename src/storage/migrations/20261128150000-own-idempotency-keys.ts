import { Migration } from '@mikro-orm/migrations';

/** Whose the kept answer is. The default serves the release before this one, which does not know the column. */
export class OwnIdempotencyKeys extends Migration {
  override up(): void {
    this.addSql(
      `alter table idempotency_keys add column owner varchar(100) collate "C" not null default 'everyone'`,
    );
  }

  override down(): void {
    this.addSql('alter table idempotency_keys drop column owner');
  }
}
