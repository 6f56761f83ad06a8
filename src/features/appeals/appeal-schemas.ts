import { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { nullableScore } from '../../engine/result-schema.ts';
import { assessmentId, EXAMPLE_ID } from '../assessments/assessment-schemas.ts';
import { appealStatuses, decisions, MAX_TEXT, MOST_APPEALS } from './appeal.ts';

const EXAMPLE_APPEAL = 'appeal_0199c7f1-4a7e-7b3d-8c2e-6b8f4d3f2e11';
const EXAMPLE_EVIDENCE = '5d41402abc4b2a76b9719d911017c592';
export const appealExample = `/api/v1/assessments/${EXAMPLE_ID}/appeals/${EXAMPLE_APPEAL}`;

const appealId = z
  .string()
  .regex(/^appeal_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({
    id: 'AppealId',
    description: 'Identity of an appeal: `appeal_` and a UUIDv7',
    examples: [EXAMPLE_APPEAL],
  });

export const appealParams = z.object({ id: assessmentId, appeal: appealId });

const text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine((value) => value.trim() !== '', { error: 'must not be blank' });

const evidenceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be the id of an item of evidence: 32 hexadecimal digits')
  .meta({ examples: [EXAMPLE_EVIDENCE] });

export const newAppeal = z
  .strictObject({
    evidence_id: evidenceId.describe(
      '`id` of the item in the result; the fingerprint of a finding in the SARIF report is the same',
    ),
    reason: text.describe('Why the item does not hold'),
  })
  .meta({ id: 'NewAppeal', description: 'An item of evidence that is disputed.' });

export const appealDecision = z
  .strictObject({
    decision: z.enum(decisions).describe('`upheld`: the item does not count any more'),
    note: text.describe('Why, for whoever filed it'),
  })
  .meta({ id: 'AppealDecision', description: 'What another person decides.' });

const at = z.iso.datetime();
const change = (what: string) =>
  z
    .object({
      from: nullableScore.describe('With what was upheld beside it'),
      to: nullableScore.describe('Without the item as well'),
    })
    .describe(what);

export const appealSchema = z
  .object({
    appeal_id: appealId,
    assessment_id: assessmentId,
    evidence_id: z.string().describe('What is disputed'),
    evidence: z
      .object({
        path: z.enum(pathNames).describe('Path that it counts in'),
        metric: z.string().describe('Criterion that it counts in'),
        rule: z.string().describe('Rule of the rubric that it fell under'),
        file: z.string().nullable().describe('Path in the submission; null where there is none'),
        start_line: z.int().nullable().describe('First line, from 1'),
        points: z.number().describe('What it counts in its criterion'),
      })
      .describe('The item as the result tells it'),
    reason: z.string().describe('Why the item does not hold, as it was filed'),
    status: z.enum(appealStatuses).describe('`open` until somebody decides'),
    if_upheld: z
      .object({
        overall_score: change('The overall score'),
        path_score: change('The score of the path'),
        metric_score: change('The score of the criterion'),
      })
      .describe('Scored again without the item; the stored result never changes'),
    filed_by: z.string().describe('Account or key that disputes it'),
    filed_at: at.describe('When it was filed'),
    note: z.string().nullable().describe('Why it was decided so; null while it is open'),
    decided_by: z.string().nullable().describe('Account or key that decided; another one'),
    decided_at: at.nullable().describe('When it was decided'),
  })
  .meta({ id: 'Appeal', description: 'An item of evidence that is disputed.' });

const scores = z.object({
  overall_score: nullableScore.describe('Null where there is none'),
  path_scores: z
    .array(
      z.object({
        path: z.enum(pathNames).describe('Path of the assessment'),
        score: nullableScore.describe('Null where there is none'),
      }),
    )
    .describe('Score by path'),
});

export const appealsSchema = z
  .object({
    assessment_id: assessmentId,
    machine: scores.describe('As the engine judged; it never changes'),
    human: scores
      .nullable()
      .describe('Without the items whose appeals were upheld; null while none is'),
    items: z.array(appealSchema).describe(`Oldest first, at most ${MOST_APPEALS}`),
  })
  .meta({ id: 'Appeals', description: 'Appeals to an assessment, and what came of them.' });

/** For an export. */
export const storedAppeal = z
  .object({
    appeal_id: z.string().describe('Identity of the appeal'),
    assessment_id: z.string().describe('Of the assessment'),
    evidence_id: z.string().describe('What is disputed'),
    reason: z.string().describe('Why'),
    status: z.enum(appealStatuses).describe('What became of it'),
    note: z.string().nullable().describe('Why it was decided so'),
    filed_at: at.describe('When it was filed'),
    decided_at: at.nullable().describe('When it was decided'),
  })
  .meta({ id: 'StoredAppeal', description: 'An appeal to an assessment of the person.' });

export type Appeal = z.output<typeof appealSchema>;
export type Appeals = z.output<typeof appealsSchema>;
export type StoredAppeal = z.output<typeof storedAppeal>;

export const newAppealExamples = {
  item: {
    summary: 'An item that does not hold',
    value: {
      evidence_id: EXAMPLE_EVIDENCE,
      reason: 'The function is generated; its source is in build/.',
    },
  },
};

export const decisionExamples = {
  upheld: {
    summary: 'The item does not count any more',
    value: { decision: 'upheld' as const, note: 'Right: the file says so in its first line.' },
  },
};
