import { Migration } from '@mikro-orm/migrations';

/** Who is told of finished work, and what was told. */
export class CreateWebhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhooks (
        id varchar(44) collate "C" primary key,
        owner varchar(64) collate "C" not null,
        user_id varchar(41) collate "C"
          constraint webhooks_user_id_foreign references users on delete cascade,
        key_id varchar(12) collate "C"
          constraint webhooks_key_id_foreign references api_keys on delete cascade,
        url varchar(2000) not null,
        secret varchar(200) not null,
        previous_secret varchar(200),
        previous_until timestamptz(3),
        disabled_reason varchar(16),
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    this.addSql('create index webhooks_owner_index on webhooks (owner)');
    this.addSql('create index webhooks_user_id_index on webhooks (user_id)');
    this.addSql('create index webhooks_key_id_index on webhooks (key_id)');
    this.addSql(`
      create table webhook_deliveries (
        id varchar(40) collate "C" primary key,
        webhook_id varchar(44) collate "C" not null
          constraint webhook_deliveries_webhook_id_foreign references webhooks on delete cascade,
        event varchar(32) not null,
        callback_url varchar(2000),
        candidate_id varchar(100) collate "C",
        payload json not null,
        status varchar(16) not null,
        attempts int not null,
        http_status int,
        error varchar(24),
        created_at timestamptz(3) not null,
        attempted_at timestamptz(3),
        next_attempt_at timestamptz(3),
        delivered_at timestamptz(3)
      )`);
    this.addSql(
      'create index webhook_deliveries_webhook_id_id_index on webhook_deliveries (webhook_id, id)',
    );
    this.addSql(
      'create index webhook_deliveries_candidate_id_index on webhook_deliveries (candidate_id)',
    );
    this.addSql(
      'create index webhook_deliveries_created_at_index on webhook_deliveries (created_at)',
    );
  }

  override down(): void {
    this.addSql('drop table webhook_deliveries');
    this.addSql('drop table webhooks');
  }
}
