/** Assessments as what is stored of a person. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { JsonText, writeJson } from '../../json/json-text.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { PERSONAL, resultKey } from './assessment-cache.ts';
import { assessmentResultSchema } from './assessment-schemas.ts';

/** Cached results of a person that an erasure ends one by one; of more it ends everybody's. */
const MOST_KEYS = 500;

interface StoredAssessment {
  id: string;
  created_at: string | Date;
  /** JSON text. */
  input: string;
  result: string;
}

/** Each with its submission. What is made of them (path scores, labels, sketches) goes with its assessment. */
export const personalAssessments: PersonalData = {
  kind: 'assessments',
  tables: [
    'assessments',
    'assessment_path_scores',
    'assessment_labels',
    'assessment_sketches',
    'assessment_fingerprints',
    'rubric_canary_scores',
  ],
  async copies(tx, candidateId) {
    const sql = 'select id from assessments where candidate_id = ? order by id limit ?';
    const rows = await tx.execute<{ id: string }[]>(sql, [candidateId, MOST_KEYS + 1]);
    if (rows.length > MOST_KEYS) return { tags: [PERSONAL] };
    return { keys: rows.map(({ id }) => resultKey(id)) };
  },
  schema: z
    .object({
      assessment_id: z.string().describe('Identity of the assessment'),
      created_at: z.iso.datetime().describe('When it was stored'),
      submission: z
        .record(z.string(), z.unknown())
        .describe('What was handed in, as it was assessed'),
      result: assessmentResultSchema,
    })
    .meta({ id: 'StoredAssessment', description: 'An assessment with its submission.' }),
  async next(em: SqlEntityManager, candidateId: string, after: string) {
    const [row] = await em.execute<StoredAssessment[]>(
      `select id, created_at, input::text as input, result::text as result from assessments
       where candidate_id = ? and id > ? order by id limit 1`,
      [candidateId, after],
    );
    if (row === undefined) return undefined;
    const item = {
      assessment_id: row.id,
      created_at: new Date(row.created_at).toISOString(),
      submission: new JsonText(row.input),
      result: new JsonText(row.result),
    };
    return { key: row.id, text: writeJson(item) };
  },
  async erase(tx: Transaction, candidateId: string) {
    const sql = 'delete from assessments where candidate_id = ? returning 1';
    return (await tx.execute<unknown[]>(sql, [candidateId])).length;
  },
};
