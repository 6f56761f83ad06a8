/** Of statements that lists and statistics have in common. */
import { MOST_SAME } from '../candidates/candidate-schemas.ts';

/** A part of a statement with its parameters. */
export type Sql = readonly [text: string, ...parameters: unknown[]];

/** SQL: other people with the same submission in a challenge. @param challenge SQL @param row alias of whose they are */
export function sameInput(challenge: string, row: string): string {
  return `(select count(*)::int from (select distinct o.candidate_id from assessments o
      where o.challenge = ${challenge} and o.input_sha256 = ${row}.input_sha256 and o.candidate_id <> ${row}.candidate_id
      limit ${MOST_SAME}) others)`;
}
