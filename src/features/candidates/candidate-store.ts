import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import { IdempotencyKeyEntity } from '../../http/idempotency.entity.ts';
import { toPage, type Page } from '../../http/routing/schemas.ts';
import { CandidateEntity } from './candidate.entity.ts';
import type { Candidate } from './candidate.ts';

interface CandidateRow {
  id: string;
  initialData: Record<string, unknown>;
  createdAt: Date;
}

function present(row: CandidateRow): Candidate {
  return {
    candidate_id: row.id,
    initial_data: row.initialData,
    created_at: row.createdAt.toISOString(),
  };
}

/**
 * @param alongside stored in the same transaction
 * @throws {AppError} DUPLICATE_RESOURCE
 */
export async function createCandidate(
  em: SqlEntityManager,
  candidate: { id: string; initialData: Record<string, unknown>; createdAt: Date },
  alongside: (tx: SqlEntityManager, stored: Candidate) => Promise<void>,
): Promise<Candidate> {
  try {
    await em.transactional(async (tx) => {
      await tx.insert(CandidateEntity, candidate);
      await alongside(tx, present(candidate));
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw new AppError('DUPLICATE_RESOURCE', 'A candidate with this candidate_id exists.', {
      cause: error,
    });
  }
  return present(candidate);
}

/** Leaves an existing candidate as it is. */
export async function ensureCandidate(
  em: SqlEntityManager,
  id: string,
  createdAt: Date,
): Promise<void> {
  await em.upsert(
    CandidateEntity,
    { id, initialData: {}, createdAt },
    { onConflictAction: 'ignore' },
  );
}

/**
 * @throws {AppError} NOT_FOUND
 */
export async function getCandidate(em: SqlEntityManager, id: string): Promise<Candidate> {
  const row = await em.findOne(CandidateEntity, { id });
  if (row === null) throw noSuchCandidate();
  return present(row);
}

export async function candidateExists(em: SqlEntityManager, id: string): Promise<boolean> {
  return (await em.count(CandidateEntity, { id })) > 0;
}

export async function listCandidates(
  em: SqlEntityManager,
  query: { limit: number; cursor?: string | undefined; q?: string | undefined },
): Promise<Page<Candidate>> {
  const rows = await em.find(
    CandidateEntity,
    {
      $and: [
        query.cursor === undefined ? {} : { id: { $gt: query.cursor } },
        // `_` is a wildcard of LIKE and a letter of an id.
        query.q === undefined ? {} : { id: { $like: `${query.q.replaceAll('_', '\\_')}%` } },
      ],
    },
    { orderBy: { id: 'asc' }, limit: query.limit + 1 },
  );
  return toPage<CandidateRow, Candidate>(rows, query.limit, (row) => row.id, present);
}

/**
 * Erases all that is stored of the person: assessments by their foreign keys, kept answers by name.
 *
 * @throws {AppError} NOT_FOUND
 */
export async function deleteCandidate(em: SqlEntityManager, id: string): Promise<void> {
  await em.transactional(async (tx) => {
    const deleted = await tx.nativeDelete(CandidateEntity, { id });
    if (deleted === 0) throw noSuchCandidate();
    await tx.nativeDelete(IdempotencyKeyEntity, { candidateId: id });
  });
}

export function noSuchCandidate(): AppError {
  return new AppError('NOT_FOUND', 'No candidate has this candidate_id.');
}
