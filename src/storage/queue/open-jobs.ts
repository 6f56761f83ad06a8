import { QUEUE_SCHEMA } from './schema.ts';

/**
 * A condition for statements of features: the queue has a job that waits, runs or is to be retried. pg-boss itself
 * ends those that gave no sign of life at any attempt.
 *
 * @param queue and `id` are expressions of SQL, no values
 */
export function openJobExists(queue: string, id: string): string {
  return openExists(queue, `q.id = ${id}`);
}

/** The same for a job whose data have this text. @param member of its data, and `text`, as expressions of SQL */
export function openJobOfExists(queue: string, member: string, text: string): string {
  return openExists(queue, `q.data ->> ${member} = ${text}`);
}

function openExists(queue: string, condition: string): string {
  return `exists (select 1 from ${QUEUE_SCHEMA}.job q
    where q.name = ${queue} and q.state < 'completed' and ${condition})`;
}
