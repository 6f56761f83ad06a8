import { z } from 'zod';
import { pathNames } from '../../engine/contract.ts';
import { rubricChangesSchema } from '../../engine/rubric-changes.ts';
import { letterBoundsSchema } from '../../engine/rubric.ts';
import { pageQuery, plainText } from '../../http/routing/schemas.ts';
import { defaultRubric } from './known-rubrics.ts';

export const EXAMPLE_RUBRIC = '2026-12.3f9c0a1b2c4d';

/** Of those that a challenge may have beside the published ones. */
export const MOST_DRAFTS = 20;

export const rubricVersion = z
  .string()
  .regex(/^\d{4}-\d{2}(\.[0-9a-f]{12})?$/, 'must be the version of a rubric')
  .meta({
    id: 'RubricVersion',
    description:
      'Name of a rubric: a year and month for one of the service, and with a hash of what it says for one of a challenge',
    examples: [EXAMPLE_RUBRIC],
  });

export const rubricParams = z.object({ version: rubricVersion });

/** PostgreSQL keeps no NUL. */
const challenge = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !text.includes('\0'), { error: 'has a NUL character' });

export const rubricListQuery = pageQuery.extend({
  challenge: challenge.optional().describe('Only those of this challenge'),
});

const changes = rubricChangesSchema(defaultRubric().rubric);

export const newRubric = z
  .strictObject({
    challenge: challenge.describe('Name of the task that it is for, as submissions name it'),
    title: plainText(200).describe('What it is for, in a line'),
    changes: changes.describe(
      'What is otherwise than in the newest rubric of the service; nothing: that one',
    ),
  })
  .meta({ id: 'NewRubric', description: 'A draft: it judges nobody until it is published.' });

export const newRubricExamples = {
  tests: {
    summary: 'Tests count double',
    value: {
      challenge: 'sorting',
      title: 'Tests count double, design half',
      changes: {
        paths: { design: { weight: 0.5 } },
        criteria: { technical: { tests: 40 } },
        thresholds: { tests_minimum_subjects: 3 },
      },
    },
  },
};

const instant = z.iso.datetime().nullable();
const by = z.string().nullable();

export const canaryStatuses = ['queued', 'processing', 'completed', 'failed'] as const;

export const canaryStanding = z
  .object({
    status: z.enum(canaryStatuses).describe('`completed`: every assessment is scored'),
    progress: z.int().min(0).max(100).describe('Percent of the assessments that are scored'),
    assessments: z.int().describe('How many it is about'),
    scored: z.int().describe('How many of them are scored'),
    compared_with: rubricVersion.describe('Rubric of the challenge when it began'),
    engine_version: z.string().describe('Engine that it is scored by'),
    begun_at: z.iso.datetime().describe('When it was asked for'),
    finished_at: instant.describe('When it ended; null before'),
    problem: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Why it failed, as the problem of a request (RFC 9457)'),
  })
  .meta({ id: 'CanaryStanding', description: 'How the canary of a draft stands.' });

export const lettersSchema = z
  .object({
    bounds: letterBoundsSchema,
    minimum_confidence: z.number().describe('A result of less confidence has no letter'),
  })
  .describe('Of the rubric: the scale of its letters');

export const rubricSummarySchema = z
  .object({
    version: rubricVersion,
    base: rubricVersion.nullable().describe('Rubric that it changes; null for one of the service'),
    challenge: z.string().nullable().describe('Task that it is for; null for one of the service'),
    title: z.string().nullable().describe('What it is for'),
    status: z.enum(['draft', 'published']).describe('A draft judges nobody'),
    in_force: z
      .boolean()
      .describe('Whether it judges what its challenge (or no challenge of its own) gets now'),
    created_at: instant.describe('When it was drafted'),
    created_by: by.describe('Account or key; null for those of the service, and for candidates'),
    published_at: instant.describe('When it was published first'),
    published_by: by.describe('Account or key; null for those of the service, and for candidates'),
    canary: canaryStanding.nullable().describe('The last one; null without any'),
  })
  .meta({ id: 'RubricSummary', description: 'A rubric in short.' });

export const rubricSchema = rubricSummarySchema
  .extend({
    rubric_sha256: z.string().describe('SHA-256 of all that it judges by'),
    changes: changes.nullable().describe('What is otherwise than in `base`'),
    paths: z
      .array(
        z.object({
          path: z.enum(pathNames).describe('Path of assessments'),
          weight: z.number().describe('What it counts in the overall score'),
          floor: z
            .number()
            .nullable()
            .describe('What it stands for in the overall score at the least; null: for its score'),
          minimum_coverage: z
            .number()
            .describe(
              'Share of the weight of its criteria that has to apply before it has a score',
            ),
          criteria: z
            .array(
              z.object({
                name: z.string().describe('Name of the criterion'),
                category: z.string().describe('Group of criteria'),
                weight: z.number().describe('What it counts in the path'),
              }),
            )
            .describe('What the path consists of'),
        }),
      )
      .describe('All five'),
    thresholds: z
      .record(z.string(), z.number())
      .describe('Those that a challenge may set otherwise, by name'),
    letters: lettersSchema,
    letters_source: z.string().describe('Where the bounds of the letters come from'),
  })
  .meta({ id: 'Rubric', description: 'What submissions are judged by.' });
