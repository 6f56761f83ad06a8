import { Migration } from '@mikro-orm/migrations';

/** Accounts, API keys, refresh tokens, and the log of what changed somebody's rights. */
export class CreateAccess extends Migration {
  override up(): void {
    this.addSql(`
      create table users (
        id varchar(41) collate "C" primary key,
        username varchar(100) collate "C" not null,
        password_hash varchar(200) not null,
        role varchar(16) not null,
        candidate_id varchar(100) collate "C",
        token_version int not null,
        disabled boolean not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        constraint users_role_check check (role in ('candidate', 'viewer', 'assessor', 'admin')),
        constraint users_candidate_id_check check ((role = 'candidate') = (candidate_id is not null))
      )`);
    this.addSql('create unique index users_username_index on users (lower(username))');
    this.addSql('create index users_candidate_id_index on users (candidate_id)');
    this.addSql(`
      create table api_keys (
        id varchar(12) collate "C" primary key,
        secret_hmac varchar(43) not null,
        last_four varchar(4) not null,
        name varchar(100) not null,
        role varchar(16) not null,
        candidate_id varchar(100) collate "C",
        user_id varchar(41) collate "C"
          constraint api_keys_user_id_foreign references users on delete cascade,
        created_by varchar(64) collate "C" not null,
        per_minute int,
        per_hour int,
        expires_at timestamptz(3),
        revoked_at timestamptz(3),
        created_at timestamptz(3) not null,
        constraint api_keys_role_check check (role in ('candidate', 'viewer', 'assessor', 'admin')),
        constraint api_keys_candidate_id_check check ((role = 'candidate') = (candidate_id is not null)),
        constraint api_keys_quota_check check ((per_minute is null) = (per_hour is null))
      )`);
    this.addSql('create index api_keys_user_id_index on api_keys (user_id)');
    this.addSql('create index api_keys_candidate_id_index on api_keys (candidate_id)');
    this.addSql(`
      create table refresh_tokens (
        hash varchar(43) collate "C" primary key,
        family uuid not null,
        user_id varchar(41) collate "C" not null
          constraint refresh_tokens_user_id_foreign references users on delete cascade,
        successor_hash varchar(43) collate "C",
        rotated_at timestamptz(3),
        expires_at timestamptz(3) not null,
        created_at timestamptz(3) not null
      )`);
    this.addSql('create index refresh_tokens_family_index on refresh_tokens (family)');
    this.addSql('create index refresh_tokens_user_id_index on refresh_tokens (user_id)');
    this.addSql('create index refresh_tokens_expires_at_index on refresh_tokens (expires_at)');
    this.addSql(`
      create table audit_events (
        id uuid primary key,
        at timestamptz(3) not null,
        actor varchar(64) collate "C" not null,
        action varchar(64) collate "C" not null,
        target varchar(200) collate "C" not null,
        request_id varchar(128) not null,
        trace_id varchar(32) not null,
        details jsonb not null
      )`);
    this.addSql(`
      create function audit_events_refuse() returns trigger as $$ begin
        raise exception 'audit_events is append-only' using errcode = 'restrict_violation';
      end; $$ language plpgsql`);
    this.addSql(`
      create trigger audit_events_append_only before update or delete or truncate on audit_events
        for each statement execute function audit_events_refuse()`);
  }

  override down(): void {
    this.addSql('drop table audit_events');
    this.addSql('drop function audit_events_refuse');
    this.addSql('drop table refresh_tokens');
    this.addSql('drop table api_keys');
    this.addSql('drop table users');
  }
}
