import type { Variable } from './variables.ts';

/** May hold ` #`: what follows it in a secret or in the name of a folder belongs to it. */
const verbatim: ReadonlySet<string> = new Set<Variable>([
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'SUPERSET_SECRET_KEY',
  'BOOTSTRAP_ADMIN_API_KEY',
  'METRICS_TOKEN',
  'REDIS_PASSWORD',
  'DATABASE_URL',
  'RESTORE_VERIFY_DATABASE_URL',
  'REDIS_URL',
  'DATA_DIR',
  'BACKUP_DIR',
  'LOG_DIR',
]);

/**
 * `10485760  # 10MB` is `10485760`: a shell and a `.env` file leave a comment away, but `docker run --env-file`
 * and a `ConfigMap` made from such a file hand it on as part of the value.
 */
export function withoutComment(variable: string, text: string): string {
  return verbatim.has(variable) ? text : text.replace(/(^|\s)#.*$/s, '').trim();
}
