import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { executePrepared, type Transaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { pathNames, type AssessmentInput } from '../../engine/contract.ts';
import type { AssessmentResult } from './assessment.ts';
import { rulerOf, sharesText } from './comparable.ts';

/** Stores input, result, path scores, labels, and the candidate when new. */
export async function insertAssessment(
  tx: Transaction,
  input: AssessmentInput,
  result: AssessmentResult,
): Promise<void> {
  const { assessment_id: id, challenge = null, labels = [], path_scores: paths } = result;
  const createdAt = new Date(result.timestamp);
  await ensureCandidate(tx, input.candidate_id, createdAt);
  const stored = [
    id,
    input.candidate_id,
    input.submission_type,
    challenge,
    result.overall_score,
    pathNames.map((name) => paths.find(({ path }) => path === name)?.overall_score ?? null),
    result.confidence,
    result.input_sha256,
    rulerOf(result),
    sharesText(result.weights ?? null),
    await originOf(tx, result),
    createdAt,
    JSON.stringify(input),
    JSON.stringify(result),
  ];
  // One statement: each costs about as much again as what it stores.
  await executePrepared(
    tx,
    `with scored as (
       insert into assessment_path_scores (assessment_id, path, score, confidence, challenge)
       select $1, path, score, confidence, $4
       from unnest($15::text[], $16::float8[], $17::float8[]) as given (path, score, confidence)),
     labelled as (
       insert into assessment_labels (assessment_id, label, score, created_at)
       select $1, label, $5, $12 from unnest($18::text[]) as label)
     insert into assessments (id, candidate_id, submission_type, challenge, overall_score, path_scores, confidence,
       input_sha256, ruler, weights, origin, created_at, input, result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      ...stored,
      paths.map(({ path }) => path),
      paths.map(({ overall_score: score }) => score),
      paths.map(({ confidence }) => confidence),
      labels,
    ],
  );
}

/** Of a submission that is judged again: the assessment that it was handed in with. */
async function originOf(
  tx: Transaction,
  { reassessment_of: former }: AssessmentResult,
): Promise<string | null> {
  if (former === undefined) return null;
  const sql = 'select coalesce(origin, id) as origin from assessments where id = ?';
  const [row] = await tx.execute<{ origin: string }[]>(sql, [former]);
  return row?.origin ?? null;
}

export interface StoredResult {
  /** JSON, as it was answered first. */
  text: string;
  /** Whose it is. */
  candidateId: string;
}

/** @returns undefined when there is no such assessment */
export async function findResult(
  em: SqlEntityManager,
  id: string,
): Promise<StoredResult | undefined> {
  const sql =
    'select result::text as text, candidate_id as "candidateId" from assessments where id = ?';
  const [row] = await em.execute<StoredResult[]>(sql, [id]);
  return row;
}

/** Takes as long for another's assessment as for one that does not exist. */
export async function isOf(
  em: SqlEntityManager,
  id: string,
  candidateId: string,
): Promise<boolean> {
  const sql = 'select from assessments where id = ? and candidate_id = ?';
  return (await em.execute<object[]>(sql, [id, candidateId])).length > 0;
}

/**
 * @param within the only person whose may be seen; null: everybody's
 * @returns the submission, as it was stored; undefined when there is no such assessment
 */
export async function findSubmission(
  em: SqlEntityManager,
  id: string,
  within: string | null,
): Promise<StoredResult | undefined> {
  const sql =
    'select input::text as text, candidate_id as "candidateId" from assessments where id = ? and candidate_id = coalesce(?, candidate_id)';
  const [row] = await em.execute<StoredResult[]>(sql, [id, within]);
  return row;
}

/**
 * Once this resolves the submission is still stored, and its candidate cannot be erased before the transaction ends:
 * what is made of it does not bring back who was erased.
 *
 * @throws {AppError} NOT_FOUND
 */
export async function keepSubmission(
  tx: Transaction,
  id: string,
  candidateId: string,
): Promise<void> {
  // Waits for an erasure that is under way, and then finds no row.
  await tx.execute('select id from candidates where id = ? for key share', [candidateId]);
  const [row] = await tx.execute<unknown[]>('select from assessments where id = ?', [id]);
  if (row === undefined) throw noSuchAssessment();
}

/** @returns whose it was; undefined when there is no such assessment */
export async function deleteAssessment(tx: Transaction, id: string): Promise<string | undefined> {
  const sql = 'delete from assessments where id = ? returning candidate_id';
  const [row] = await tx.execute<{ candidate_id: string }[]>(sql, [id]);
  return row?.candidate_id;
}

export function noSuchAssessment(): AppError {
  return new AppError('NOT_FOUND', 'No assessment has this id.');
}
