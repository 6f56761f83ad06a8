import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Sketch } from '../../../engine/contract.ts';
import type { Transaction } from '../../../storage/postgres/transaction.ts';
import type { AssessmentResult } from '../assessment.ts';

/**
 * Submissions that have a fingerprint and are looked at: what more than these have is the task's, not a candidate's,
 * and how long a search takes does not grow with the number of submissions.
 */
const MOST_WITH_IT = 200;
/** What more candidates than these have in common is the task's, too, if they are this share of all. */
const COMMON_AMONG = 10;
const COMMON_SHARE = 0.25;
/** Candidates with whom a sketch is compared as a whole. */
const MOST_COMPARED = 100;

/** Only what was handed in for a challenge is ever compared. */
export async function insertSketch(
  tx: Transaction,
  { assessment_id: id, candidate_id: candidateId, challenge }: AssessmentResult,
  { level, hashes }: Sketch,
): Promise<void> {
  if (challenge === null) return;
  await tx.execute(
    `with sketch as (
       insert into assessment_sketches (assessment_id, candidate_id, challenge, level, size)
       values (?, ?, ?, ?, ?) returning id)
     insert into assessment_fingerprints (challenge_key, hash, sketch_id)
     select hashtextextended(?, 0), hash, sketch.id from sketch, unnest(?::bigint[]) hash`,
    [id, candidateId, challenge, level, hashes.length, challenge, `{${hashes.join(',')}}`],
  );
}

export interface Sketched {
  id: string;
  candidate_id: string;
  challenge: string;
  /** Fingerprints. */
  size: number;
  /** Candidates with a submission to the challenge, the own one included; from `MOST_CANDIDATES` on that many. */
  candidates: number;
}

/** Beyond them the share of the task's own code is of so many that `MOST_WITH_IT` decides alone. */
export const MOST_CANDIDATES = MOST_WITH_IT / COMMON_SHARE;

/** @returns undefined when the assessment has none: it names no challenge, or is from before there were sketches */
export async function findSketch(
  em: SqlEntityManager,
  assessmentId: string,
): Promise<Sketched | undefined> {
  const [row] = await em.execute<Sketched[]>(
    `select s.id::text as id, s.candidate_id, s.challenge, s.size, c.candidates
     from assessment_sketches s cross join lateral (
       select count(*)::int as candidates from (
         select distinct candidate_id from assessment_sketches where challenge = s.challenge limit ?) all_of_it) c
     where s.assessment_id = ?`,
    [MOST_CANDIDATES, assessmentId],
  );
  return row;
}

export interface Similar {
  assessment_id: string;
  candidate_id: string;
  display_name: string | null;
  timestamp: Date | string;
  shared: number;
  /** Fingerprints without those that are the task's. */
  own: number;
  others: number;
}

/**
 * Who else has handed in the like, of each candidate the submission with the most in common, most similar first. Where one of
 * two sketches is of a higher level, only what is below its limit counts.
 */
export async function findSimilar(
  em: SqlEntityManager,
  { id, candidate_id: candidateId, challenge, candidates }: Sketched,
  limit: number,
): Promise<Similar[]> {
  const common = Math.max(COMMON_AMONG, Math.ceil(COMMON_SHARE * candidates));
  return em.execute<Similar[]>(
    `with own as (
       select f.hash, s.level from assessment_fingerprints f join assessment_sketches s on s.id = f.sketch_id
       where f.sketch_id = ?::bigint),
     hit as (
       select own.hash, with_it.sketch_id from own cross join lateral (
         select f.sketch_id from assessment_fingerprints f
         where f.challenge_key = hashtextextended(?, 0) and f.hash = own.hash
         limit ?) with_it),
     common as (
       select hash from hit join assessment_sketches s on s.id = hit.sketch_id
       group by hash having count(*) > ? or count(distinct s.candidate_id) > ?),
     telling as (select hash, level from own where hash not in (select hash from common)),
     having_it as (
       select hit.sketch_id, count(*)::int as shared from hit
       where hit.hash in (select hash from telling) group by hit.sketch_id),
     of_each as (
       select distinct on (s.candidate_id) s.id, s.assessment_id, s.candidate_id, s.level, h.shared
       from having_it h join assessment_sketches s on s.id = h.sketch_id
       where s.candidate_id <> ? and s.challenge = ?
       order by s.candidate_id, h.shared desc, s.id desc),
     nearest as (select * from of_each order by shared desc, id limit ?),
     compared as (
       select s.assessment_id, s.candidate_id, s.shared,
         (select count(*)::int from telling where hash < below.edge) as own,
         (select count(*)::int from assessment_fingerprints f
          where f.sketch_id = s.id and f.hash < below.edge and f.hash not in (select hash from common)) as others
       from nearest s cross join lateral (
         select 2 ^ (32 - greatest(s.level, (select max(level) from own))) as edge) below)
     select s.assessment_id, s.candidate_id, c.display_name, a.created_at as timestamp,
       s.shared, s.own, s.others
     from compared s join candidates c on c.id = s.candidate_id join assessments a on a.id = s.assessment_id
     order by s.shared::float / (s.own + s.others - s.shared) desc, s.assessment_id desc
     limit ?`,
    [
      id,
      challenge,
      MOST_WITH_IT + 1,
      MOST_WITH_IT,
      common,
      candidateId,
      challenge,
      MOST_COMPARED,
      limit,
    ],
  );
}
