import { bounded, counter } from '#telemetry/metrics.ts';
import { DependencyError } from '../../errors.ts';
import { PostgresError } from './errors.ts';

/**
 * The instrumentation of pg measures failed queries, but does not say that they failed, and knows nothing
 * of those that found no connection. What a circuit breaker refuses never was an operation: it has its
 * own counter.
 */
export const databaseErrors = counter({
  name: 'db_client_operation_errors_total',
  help: 'Database operations that failed, probes and attempts to connect included, by SQLSTATE or error code; 57014 is a cancelled one',
  labels: { error_type: bounded(40) },
});

/** What an outage begins with: a first error that comes with its series is not seen by `rate`. */
const connecting = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'connect_timeout', 'pool_timeout'];
const running = ['connection_lost', 'timeout', '57014', '57P01', '57P03', '53300'];
for (const error_type of [...connecting, ...running]) databaseErrors.init({ error_type });

/** @param error what is not PostgreSQL's (a call that was withdrawn, a mistake of ours) is not counted */
export function countDatabaseError(error: unknown): void {
  if (error instanceof PostgresError) databaseErrors.inc({ error_type: error.type });
  else if (error instanceof DependencyError) databaseErrors.inc({ error_type: error.kind });
}
