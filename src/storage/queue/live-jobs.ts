import { QUEUE_SCHEMA } from './schema.ts';

/**
 * Whether a job waits or runs whose data say this, as SQL: for rows whose job pg-boss itself may have ended, after as
 * many attempts without a sign of life as it has. Takes two parameters, the queue and the member of its data.
 *
 * @param value SQL of the text that the member has
 */
export function hasLiveJob(value: string): string {
  return `exists (select 1 from ${QUEUE_SCHEMA}.job q
    where q.name = ? and q.state < 'completed' and q.data ->> ? = ${value})`;
}
