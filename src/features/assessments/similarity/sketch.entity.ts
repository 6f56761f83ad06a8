import { defineEntity, p } from '@mikro-orm/core';
import { AssessmentEntity } from '../assessment.entity.ts';

/** Of a submission to a challenge; what names none is compared with nothing. */
export const AssessmentSketchEntity = defineEntity({
  name: 'AssessmentSketch',
  tableName: 'assessment_sketches',
  indexes: [{ properties: ['challenge', 'candidateId'] }],
  properties: {
    id: p.bigint().primary().generated('identity'),
    assessment: () =>
      p
        .manyToOne(AssessmentEntity)
        .mapToPk()
        .fieldName('assessment_id')
        .deleteRule('cascade')
        .unique(),
    candidateId: p.string().columnType('varchar(100)').collation('C').fieldName('candidate_id'),
    challenge: p.string().columnType('varchar(100)').collation('C'),
    /** Its fingerprints are those below 2 ** (32 - level). */
    level: p.smallint(),
    size: p.smallint(),
  },
});

export const AssessmentFingerprintEntity = defineEntity({
  name: 'AssessmentFingerprint',
  tableName: 'assessment_fingerprints',
  indexes: [{ properties: ['sketch', 'hash'] }],
  properties: {
    /** Hash of the challenge's name. */
    challengeKey: p.bigint().fieldName('challenge_key').primary(),
    hash: p.bigint().primary(),
    sketch: () =>
      p
        .manyToOne(AssessmentSketchEntity)
        .mapToPk()
        .fieldName('sketch_id')
        .deleteRule('cascade')
        .primary()
        .index(false),
  },
});
