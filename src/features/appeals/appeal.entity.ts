import { defineEntity, p } from '@mikro-orm/core';
import { AssessmentEntity } from '../assessments/assessment.entity.ts';
import { MAX_TEXT, type AppealStatus } from './appeal.ts';

const id = (length: number) => p.string().columnType(`varchar(${length})`).collation('C');

export const AppealEntity = defineEntity({
  name: 'Appeal',
  tableName: 'assessment_appeals',
  indexes: [
    { properties: ['assessment', 'id'] },
    { properties: ['candidateId', 'id'] },
    {
      name: 'assessment_appeals_evidence_index',
      expression: `create unique index "assessment_appeals_evidence_index" on "assessment_appeals" (assessment_id, evidence_id) where status <> 'rejected'`,
    },
  ],
  checks: [
    {
      name: 'assessment_appeals_status_check',
      expression: "status in ('open', 'upheld', 'rejected')",
    },
    {
      name: 'assessment_appeals_decided_check',
      expression: "(status = 'open') = (decided_by is null)",
    },
  ],
  properties: {
    /** `appeal_` + UUIDv7: its order is the order of time. */
    id: id(43).primary(),
    assessment: () =>
      p
        .manyToOne(AssessmentEntity)
        .mapToPk()
        .fieldName('assessment_id')
        .deleteRule('cascade')
        .index(false),
    /** Of the assessment. */
    candidateId: id(100).fieldName('candidate_id'),
    evidenceId: id(64).fieldName('evidence_id'),
    reason: p.string().columnType(`varchar(${MAX_TEXT})`),
    status: p.string().columnType('varchar(8)').$type<AppealStatus>(),
    note: p.string().columnType(`varchar(${MAX_TEXT})`).nullable(),
    /** Account, or a key that is nobody's. */
    filedBy: id(64).fieldName('filed_by'),
    filedAt: p.datetime(3).fieldName('filed_at'),
    decidedBy: id(64).fieldName('decided_by').nullable(),
    decidedAt: p.datetime(3).fieldName('decided_at').nullable(),
  },
});
