import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { AssessmentLabelEntity, AssessmentPathScoreEntity } from './assessment.entity.ts';
import { pathNames, type AssessmentInput } from '../../engine/contract.ts';
import type { AssessmentResult } from './assessment.ts';
import { rulerOf, sharesText } from './comparable.ts';

interface AssessmentRow {
  id: string;
  candidate_id: string;
  submission_type: string;
  challenge: string | null;
  overall_score: number | null;
  path_scores: (number | null)[];
  confidence: number;
  input_sha256: string;
  ruler: string;
  weights: string | null;
  origin: string | null;
  created_at: Date;
  /** JSON text. */
  input: string;
  result: string;
}

/** Stores input, result, path scores, labels, and the candidate when new. */
export async function insertAssessment(
  tx: Transaction,
  input: AssessmentInput,
  result: AssessmentResult,
): Promise<void> {
  const createdAt = new Date(result.timestamp);
  const { challenge = null, labels = [] } = result;
  await ensureCandidate(tx, input.candidate_id, createdAt);
  // With parameters: MikroORM writes values into the statement, and escaping ten megabytes of input
  // there holds the event loop for a second.
  await tx
    .getKysely<{ assessments: AssessmentRow }>()
    .insertInto('assessments')
    .values({
      id: result.assessment_id,
      candidate_id: input.candidate_id,
      submission_type: input.submission_type,
      challenge,
      overall_score: result.overall_score,
      path_scores: pathNames.map(
        (name) => result.path_scores.find(({ path }) => path === name)?.overall_score ?? null,
      ),
      confidence: result.confidence,
      input_sha256: result.input_sha256,
      ruler: rulerOf(result),
      weights: sharesText(result.weights ?? null),
      origin: await originOf(tx, result),
      created_at: createdAt,
      input: JSON.stringify(input),
      result: JSON.stringify(result),
    })
    .execute();
  await tx.insertMany(
    AssessmentPathScoreEntity,
    result.path_scores.map(({ path, overall_score, confidence }) => ({
      assessment: result.assessment_id,
      path,
      score: overall_score,
      confidence,
      challenge,
    })),
  );
  if (labels.length === 0) return;
  await tx.insertMany(
    AssessmentLabelEntity,
    labels.map((label) => ({
      assessment: result.assessment_id,
      label,
      score: result.overall_score,
      createdAt,
    })),
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
