import { defineEntity, p } from '@mikro-orm/core';
import { CandidateEntity } from '../candidates/candidate.entity.ts';
import type { AssessmentInput, PathName } from '../../engine/contract.ts';
import type { AssessmentResult } from './assessment.ts';

/**
 * `id` is `assess_` + UUIDv7, so its order is the order of time. `input` is kept to assess again
 * under later versions. Both documents are `json`, not `jsonb`: they are never queried, and `json` gives
 * back the very text, so a stored result reads as it was first answered.
 */
export const AssessmentEntity = defineEntity({
  name: 'Assessment',
  tableName: 'assessments',
  indexes: [
    { properties: ['candidate', 'id'] },
    { properties: ['createdAt', 'id'] },
    { properties: ['overallScore', 'id'] },
    { properties: ['candidate', 'createdAt', 'id'] },
    { properties: ['challenge', 'createdAt', 'id'] },
    { properties: ['challenge', 'overallScore', 'id'] },
    { properties: ['challenge', 'inputSha256', 'candidate'] },
  ],
  properties: {
    id: p.string().columnType('varchar(43)').collation('C').primary(),
    candidate: () =>
      p
        .manyToOne(CandidateEntity)
        .mapToPk()
        .fieldName('candidate_id')
        .deleteRule('cascade')
        .index(false),
    submissionType: p.string().columnType('varchar(32)').fieldName('submission_type'),
    /** Task that was set; null: none was named. */
    challenge: p.string().columnType('varchar(100)').collation('C').nullable(),
    overallScore: p.double().fieldName('overall_score').nullable(),
    /** In the order of `pathNames`; null: an older release stored it. */
    pathScores: p
      .array<number | null>()
      .columnType('double precision[]')
      .fieldName('path_scores')
      .nullable(),
    /** Of the result; null: an older release stored it. */
    confidence: p.double().nullable(),
    inputSha256: p.string().columnType('char(64)').fieldName('input_sha256'),
    /** What it may be compared with: see `comparable.ts`. */
    ruler: p.string().columnType('varchar(40)').collation('C').nullable(),
    weights: p.string().columnType('varchar(200)').collation('C').nullable(),
    /** Of a submission that was judged again: the assessment that it was handed in with. */
    origin: p.string().columnType('varchar(43)').collation('C').nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
    input: p.json<AssessmentInput>().columnType('json').lazy(),
    result: p.json<AssessmentResult>().columnType('json').lazy(),
  },
});

/** One row for each evaluated path: what filters and statistics read. */
export const AssessmentPathScoreEntity = defineEntity({
  name: 'AssessmentPathScore',
  tableName: 'assessment_path_scores',
  indexes: [
    { properties: ['path', 'score', 'assessment'] },
    { properties: ['challenge', 'path', 'score', 'assessment'] },
  ],
  properties: {
    assessment: () =>
      p
        .manyToOne(AssessmentEntity)
        .mapToPk()
        .fieldName('assessment_id')
        .deleteRule('cascade')
        .primary(),
    path: p.string().columnType('varchar(32)').$type<PathName>().primary(),
    score: p.double().nullable(),
    confidence: p.double(),
    /** Of the assessment: a list of one challenge is ordered by the score of a path. */
    challenge: p.string().columnType('varchar(100)').collation('C').nullable(),
  },
});

/** One row for each label, with what a list of that label is ordered by. */
export const AssessmentLabelEntity = defineEntity({
  name: 'AssessmentLabel',
  tableName: 'assessment_labels',
  indexes: [
    { properties: ['label', 'createdAt', 'assessment'] },
    { properties: ['label', 'score', 'assessment'] },
  ],
  properties: {
    assessment: () =>
      p
        .manyToOne(AssessmentEntity)
        .mapToPk()
        .fieldName('assessment_id')
        .deleteRule('cascade')
        .primary(),
    label: p.string().columnType('varchar(50)').collation('C').primary(),
    /** The overall one. */
    score: p.double().nullable(),
    createdAt: p.datetime(3).fieldName('created_at'),
  },
});
