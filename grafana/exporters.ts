/**
 * What postgres_exporter 0.20 and redis_exporter 1.89 expose, as far as panels and rules use it: an excerpt
 * of both lies in test/fixtures/exporters, and a test holds these names and labels against it.
 */

const named = (name: string) => ({ name });

/** The jobs by which Prometheus scrapes them (prometheus.yml). */
export const exporterJobs = { postgres: 'postgres', redis: 'redis' } as const;

/** The database is one for all instances of the service: their variables say nothing about it. */
function from(job: string) {
  return ({ name }: { name: string }, where = ''): string =>
    `${name}{job="${job}"${where === '' ? '' : `,${where}`}}`;
}
export const fromPostgres = from(exporterJobs.postgres);
export const fromRedis = from(exporterJobs.redis);

export const perSecond = (selector: string): string => `rate(${selector}[$__rate_interval])`;

export const postgresExporter = {
  /** 1 while the exporter reaches the database. */
  up: named('pg_up'),
  backends: named('pg_stat_database_numbackends'),
  maxConnections: named('pg_settings_max_connections'),
  activity: named('pg_stat_activity_count'),
  /** Seconds. */
  longestTransaction: named('pg_stat_activity_max_tx_duration'),
  locks: named('pg_locks_count'),
  commits: named('pg_stat_database_xact_commit'),
  rollbacks: named('pg_stat_database_xact_rollback'),
  deadlocks: named('pg_stat_database_deadlocks'),
  blocksHit: named('pg_stat_database_blks_hit'),
  blocksRead: named('pg_stat_database_blks_read'),
  size: named('pg_database_size_bytes'),
  checkpointsTimed: named('pg_stat_checkpointer_num_timed_total'),
  checkpointsRequested: named('pg_stat_checkpointer_num_requested_total'),
  walSize: named('pg_wal_size_bytes'),
} as const;

/** Connections of clients; the others are the server's own. */
export const clientBackends = 'backend_type="client backend"';

export const redisExporter = {
  /** 1 while the exporter reaches Redis. */
  up: named('redis_up'),
  memoryUsed: named('redis_memory_used_bytes'),
  /** 0 without a limit. */
  memoryMax: named('redis_memory_max_bytes'),
  evicted: named('redis_evicted_keys_total'),
  expired: named('redis_expired_keys_total'),
  clients: named('redis_connected_clients'),
  blockedClients: named('redis_blocked_clients'),
  rejectedConnections: named('redis_rejected_connections_total'),
  commands: named('redis_commands_total'),
  commandSeconds: named('redis_commands_duration_seconds_total'),
  commandsRejected: named('redis_commands_rejected_calls_total'),
  hits: named('redis_keyspace_hits_total'),
  misses: named('redis_keyspace_misses_total'),
  keys: named('redis_db_keys'),
  slowlogLength: named('redis_slowlog_length'),
  snapshotOk: named('redis_rdb_last_bgsave_status'),
  appendOk: named('redis_aof_last_write_status'),
  rewriteOk: named('redis_aof_last_bgrewrite_status'),
  appendOnlyFile: named('redis_aof_current_size_bytes'),
} as const;
