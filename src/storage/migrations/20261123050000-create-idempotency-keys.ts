import { Migration } from '@mikro-orm/migrations';

/** Answers to POSTs that are to happen once; each is erased with the candidate that it is about. */
export class CreateIdempotencyKeys extends Migration {
  override up(): void {
    this.addSql(`
      create table idempotency_keys (
        id char(64) primary key,
        request_sha256 char(64) not null,
        candidate_id varchar(100) collate "C",
        status int,
        headers jsonb,
        response text,
        locked_until timestamptz(3) not null,
        expires_at timestamptz(3) not null
      )`);
    this.addSql('create index idempotency_keys_expires_at_index on idempotency_keys (expires_at)');
    this.addSql(
      'create index idempotency_keys_candidate_id_index on idempotency_keys (candidate_id)',
    );
  }

  override down(): void {
    this.addSql('drop table idempotency_keys');
  }
}
