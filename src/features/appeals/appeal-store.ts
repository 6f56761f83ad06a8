import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { PathName } from '../../engine/contract.ts';
import { AppError } from '../../errors.ts';
import { readJson } from '../../json/parse-json.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { AssessmentResult } from '../assessments/assessment.ts';
import { noSuchAssessment } from '../assessments/assessment-store.ts';
import { MOST_APPEALS, type AppealStatus, type Decision } from './appeal.ts';

export interface AppealRow {
  id: string;
  evidence_id: string;
  reason: string;
  status: AppealStatus;
  note: string | null;
  filed_by: string;
  filed_at: string | Date;
  decided_by: string | null;
  decided_at: string | Date | null;
}

type Weights = Partial<Record<PathName, number>>;

/** A stored result, with the weights that it was asked for with. */
export interface Assessed {
  result: AssessmentResult;
  weights: Weights;
}

const visible = 'where id = ? and candidate_id = coalesce(?, candidate_id)';

const columns = 'id, evidence_id, reason, status, note, filed_by, filed_at, decided_by, decided_at';

/** Oldest first. */
export function findAppeals(em: SqlEntityManager, assessmentId: string): Promise<AppealRow[]> {
  return em.execute<AppealRow[]>(
    `select ${columns} from assessment_appeals where assessment_id = ? order by id limit ${MOST_APPEALS}`,
    [assessmentId],
  );
}

/** @param within the only person whose may be seen; null: everybody's. @throws {AppError} NOT_FOUND */
export async function candidateOf(
  em: SqlEntityManager,
  assessmentId: string,
  within: string | null,
): Promise<string> {
  const sql = `select candidate_id as "candidateId" from assessments ${visible}`;
  const [row] = await em.execute<{ candidateId: string }[]>(sql, [assessmentId, within]);
  if (row === undefined) throw noSuchAssessment();
  return row.candidateId;
}

/** @throws {AppError} NOT_FOUND */
export async function findAssessed(
  em: SqlEntityManager,
  assessmentId: string,
  within: string | null,
): Promise<Assessed> {
  return readAssessed(em, [assessmentId, within], '');
}

/**
 * Until the transaction is over nobody else files or decides an appeal to it, or deletes it.
 *
 * @throws {AppError} NOT_FOUND
 */
export async function lockAssessed(
  tx: Transaction,
  assessmentId: string,
  within: string | null,
): Promise<Assessed> {
  return readAssessed(tx, [assessmentId, within], 'for no key update');
}

async function readAssessed(
  em: SqlEntityManager,
  parameters: [assessmentId: string, within: string | null],
  lock: string,
): Promise<Assessed> {
  const [row] = await em.execute<{ text: string; weights: Weights | null }[]>(
    `select result::text as text, input -> 'options' -> 'weights' as weights from assessments ${visible} ${lock}`,
    parameters,
  );
  if (row === undefined) throw noSuchAssessment();
  return { result: readJson(row.text) as AssessmentResult, weights: row.weights ?? {} };
}

/** Items of one submission whose decisions are read. */
const MOST_ITEMS = 2000;

/** A submission, by the assessment that it was handed in with. */
export interface HandedIn {
  origin: string;
  candidateId: string;
}

/** What was decided last about each item, in any judgement of a submission: facts keep their ids. */
export function findDecisions(
  em: SqlEntityManager,
  { origin, candidateId }: HandedIn,
): Promise<Pick<AppealRow, 'evidence_id' | 'status'>[]> {
  return em.execute<Pick<AppealRow, 'evidence_id' | 'status'>[]>(
    `select distinct on (p.evidence_id) p.evidence_id, p.status
     from assessment_appeals p join assessments a on a.id = p.assessment_id
     where p.candidate_id = ? and coalesce(a.origin, a.id) = ? and p.status <> 'open'
     order by p.evidence_id, p.decided_at desc nulls last, p.id desc limit ${MOST_ITEMS}`,
    [candidateId, origin],
  );
}

export interface NewAppeal {
  id: string;
  assessmentId: string;
  candidateId: string;
  evidenceId: string;
  reason: string;
  filedBy: string;
  at: Date;
}

/** Of a locked assessment. */
export async function insertAppeal(tx: Transaction, appeal: NewAppeal): Promise<void> {
  const { id, assessmentId, candidateId, evidenceId, reason, filedBy, at } = appeal;
  await tx.execute(
    `insert into assessment_appeals (id, assessment_id, candidate_id, evidence_id, reason, status, filed_by, filed_at)
     values (?, ?, ?, ?, ?, 'open', ?, ?)`,
    [id, assessmentId, candidateId, evidenceId, reason, filedBy, at],
  );
}

/** Of a locked assessment. */
export async function decideAppeal(
  tx: Transaction,
  decided: { id: string; decision: Decision; note: string; by: string; at: Date },
): Promise<void> {
  const { id, decision, note, by, at } = decided;
  await tx.execute(
    `update assessment_appeals set status = ?, note = ?, decided_by = ?, decided_at = ? where id = ?`,
    [decision, note, by, at, id],
  );
}

/** Of what goes with an assessment. */
export async function appealLocations(tx: Transaction, assessmentId: string): Promise<string[]> {
  const sql = 'select id from assessment_appeals where assessment_id = ?';
  const rows = await tx.execute<{ id: string }[]>(sql, [assessmentId]);
  return rows.map(({ id }) => appealLocation(assessmentId, id));
}

export function appealLocation(assessmentId: string, id: string): string {
  return `/api/v1/assessments/${assessmentId}/appeals/${id}`;
}

export function noSuchAppeal(): AppError {
  return new AppError('NOT_FOUND', 'No appeal to this assessment has this id.');
}
