import { Migration } from '@mikro-orm/migrations';

/** Erasures whose cached copies may still be readable; gone as soon as the cache has taken them. */
export class CreateCacheErasures extends Migration {
  override up(): void {
    this.addSql(`
      create table cache_erasures (
        id uuid primary key,
        subject varchar(200) collate "C" not null,
        invalidation json not null,
        created_at timestamptz(3) not null
      )`);
    this.addSql('create index cache_erasures_subject_index on cache_erasures (subject)');
  }

  override down(): void {
    this.addSql('drop table cache_erasures');
  }
}
