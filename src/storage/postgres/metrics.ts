import { bounded, counter } from '#telemetry/metrics.ts';

/** The instrumentation of pg measures failed queries, but does not say that they failed. */
export const databaseErrors = counter({
  name: 'db_client_operation_errors_total',
  help: 'Database operations that failed, by SQLSTATE or error code; 57014 is a cancelled one',
  labels: { error_type: bounded(40) },
});

export function countDatabaseError(error: unknown): void {
  const code = (error as { code?: unknown } | null)?.code;
  const name = error instanceof Error ? error.name : 'unknown';
  databaseErrors.inc({ error_type: typeof code === 'string' ? code : name });
}
