/** Appeals as what is stored of a person: those to the person's assessments, whoever filed them. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { PersonalData } from '../../storage/personal-data.ts';
import { instant } from '../../time/instant.ts';
import { AppealEntity } from './appeal.entity.ts';
import { storedAppeal, type StoredAppeal } from './appeal-schemas.ts';
import type { AppealRow } from './appeal-store.ts';

/** Before the assessments, with which they go uncounted. */
export const personalAppeals: PersonalData = {
  kind: 'assessment_appeals',
  tables: ['assessment_appeals'],
  schema: storedAppeal,
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<(AppealRow & { assessment_id: string })[]>(
      `select id, assessment_id, evidence_id, reason, status, note, filed_at, decided_at from assessment_appeals
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const item: StoredAppeal = {
      appeal_id: row.id,
      assessment_id: row.assessment_id,
      evidence_id: row.evidence_id,
      reason: row.reason,
      status: row.status,
      note: row.note,
      filed_at: new Date(row.filed_at).toISOString(),
      decided_at: instant(row.decided_at),
    };
    return { key: row.id, text: JSON.stringify(item) };
  },
  erase: (tx, candidateId) => tx.nativeDelete(AppealEntity, { candidateId }),
};
