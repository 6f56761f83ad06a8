import { QUEUE_SCHEMA } from './schema.ts';

/**
 * A condition for statements of features: the queue has a job that waits, runs or is to be retried.
 *
 * @param queue and `id` are expressions of SQL, no values
 */
export function openJobExists(queue: string, id: string): string {
  return `exists (select 1 from ${QUEUE_SCHEMA}.job q
    where q.name = ${queue} and q.id = ${id} and q.state < 'completed')`;
}
