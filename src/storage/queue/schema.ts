/** Of pg-boss's tables; `migrations/20261130090000-create-queue.ts` makes it. */
export const QUEUE_SCHEMA = 'pgboss';
