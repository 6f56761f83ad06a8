import { defineEntity, p } from '@mikro-orm/core';
import { AssessmentEntity } from '../assessments/assessment.entity.ts';
import { RubricEntity } from '../rubrics/rubric.entity.ts';
import type { CanaryScores } from './canary.ts';

/** What one assessment scores under a draft; it goes with either. */
export const CanaryScoreEntity = defineEntity({
  name: 'CanaryScore',
  tableName: 'rubric_canary_scores',
  indexes: [{ properties: ['assessment'] }],
  properties: {
    rubric: () =>
      p
        .manyToOne(RubricEntity)
        .mapToPk()
        .fieldName('rubric_version')
        .deleteRule('cascade')
        .index(false)
        .primary(),
    assessment: () =>
      p
        .manyToOne(AssessmentEntity)
        .mapToPk()
        .fieldName('assessment_id')
        .deleteRule('cascade')
        .index(false)
        .primary(),
    scored: p.boolean(),
    /** Null: not yet, or what was handed in cannot be scored. */
    scores: p.json<CanaryScores>().columnType('json').nullable(),
  },
});
