import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { AssessmentSummary } from '../candidates/candidate.ts';
import { ensureCandidate } from '../candidates/candidate-store.ts';
import { AssessmentPathScoreEntity } from './assessment.entity.ts';
import type { AssessmentInput } from '../../engine/contract.ts';
import type { AssessmentResult } from './assessment.ts';
import type { AssessmentListQuery } from './assessment-schemas.ts';

interface AssessmentRow {
  id: string;
  candidate_id: string;
  submission_type: string;
  overall_score: number | null;
  input_sha256: string;
  created_at: Date;
  /** JSON text. */
  input: string;
  result: string;
}

/** Stores input, result, path scores, and the candidate when new. */
export async function insertAssessment(
  tx: Transaction,
  input: AssessmentInput,
  result: AssessmentResult,
): Promise<void> {
  const createdAt = new Date(result.timestamp);
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
      overall_score: result.overall_score,
      input_sha256: result.input_sha256,
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
    })),
  );
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

/** @returns whose it was; undefined when there is no such assessment */
export async function deleteAssessment(tx: Transaction, id: string): Promise<string | undefined> {
  const sql = 'delete from assessments where id = ? returning candidate_id';
  const [row] = await tx.execute<{ candidate_id: string }[]>(sql, [id]);
  return row?.candidate_id;
}

export function noSuchAssessment(): AppError {
  return new AppError('NOT_FOUND', 'No assessment has this id.');
}

interface SummaryRow {
  id: string;
  candidate_id: string;
  submission_type: string;
  created_at: string | Date;
  overall_score: number | null;
  path_scores: { path: string; overall_score: number | null; confidence: number }[];
}

function presentSummary(row: SummaryRow): AssessmentSummary {
  return {
    assessment_id: row.id,
    candidate_id: row.candidate_id,
    submission_type: row.submission_type,
    timestamp: new Date(row.created_at).toISOString(),
    overall_score: row.overall_score,
    path_scores: row.path_scores,
  };
}

/** A condition of a WHERE clause with its parameters. */
type Condition = [sql: string, ...parameters: unknown[]];

function conditions(query: Partial<AssessmentListQuery>): Condition[] {
  const list: Condition[] = [];
  const score = query.path === undefined ? 'a.overall_score' : 'p.score';
  if (query.cursor !== undefined) list.push(['a.id < ?', query.cursor]);
  if (query.candidate_id !== undefined) list.push(['a.candidate_id = ?', query.candidate_id]);
  if (query.path !== undefined) list.push(['p.path = ?', query.path]);
  if (query.min_score !== undefined) list.push([`${score} >= ?`, query.min_score]);
  if (query.max_score !== undefined) list.push([`${score} <= ?`, query.max_score]);
  if (query.from !== undefined) list.push(['a.created_at >= ?', query.from]);
  if (query.to !== undefined) list.push(['a.created_at <= ?', query.to]);
  return list;
}

/**
 * Newest first. With `path` only assessments of that path, and the score filters are about it.
 *
 * @param within the only person whose are seen; null: everybody's
 */
export async function listAssessments(
  em: SqlEntityManager,
  query: Partial<AssessmentListQuery> & { limit: number },
  within: string | null,
): Promise<Page<AssessmentSummary>> {
  const { limit, cursor, ...filters } = query;
  const list = ['assessments', filters];
  const where = conditions({ ...filters, cursor: afterOf(cursor, list) });
  if (within !== null) where.push(['a.candidate_id = ?', within]);
  const rows = await em.execute<SummaryRow[]>(
    `select a.id, a.candidate_id, a.submission_type, a.created_at, a.overall_score,
       (select coalesce(json_agg(json_build_object('path', s.path, 'overall_score', s.score, 'confidence', s.confidence) order by s.path), '[]'::json)
          from assessment_path_scores s where s.assessment_id = a.id) as path_scores
     from assessments a
     ${query.path === undefined ? '' : 'join assessment_path_scores p on p.assessment_id = a.id'}
     ${where.length === 0 ? '' : `where ${where.map(([sql]) => sql).join(' and ')}`}
     order by a.id desc
     limit ?`,
    [...where.flatMap(([, ...parameters]) => parameters), limit + 1],
  );
  return toPage(rows, { limit, list }, (row) => row.id, presentSummary);
}
