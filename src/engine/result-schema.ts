/**
 * What the engine answers. The one source of its types, of the check on cached results
 * and of the OpenAPI document; the engine itself imports the types alone. Names are the wire's.
 */
import { z } from 'zod';
import { motiveTypes, pathNames } from './contract.ts';

/** 0 to 100. */
export const score = z.number().min(0).max(100);
export const nullableScore = score.nullable();
const unit = z.number().min(0).max(1);
const file = z.string().nullable().describe('Path in the submission; null where there is none');
const line = z.int().nullable();

/** Scalars by name. */
export const metadata = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

const evidence = z
  .object({
    id: z
      .string()
      .exactOptional()
      .describe(
        'Stays while the fact does, over versions of a submission; an appeal names it. Results of engine 2.1 and before have none',
      ),
    type: z.string().describe('Kind of fact'),
    description: z.string().describe('The fact in a sentence'),
    source: z
      .string()
      .describe(
        'Where it was found: `code`, `test`, `docs`, `prose`, `answer`, `commit`, `review`',
      ),
    file,
    start_line: line.describe('First line, from 1'),
    end_line: line.describe('Last line, inclusive'),
    snippet: z
      .string()
      .nullable()
      .describe('At most 12 lines and 400 characters of the place; secrets masked'),
    points: z.number().describe('`base` plus the points of a metric is its score (to 0.1)'),
    weight: z
      .number()
      .exactOptional()
      .describe(
        'Of results of engine 2.1 and before: the weight of its metric, which has it as well',
      ),
    rule: z.string().describe('Rule of the rubric that it fell under'),
    metadata: metadata.describe('Numbers behind the fact'),
  })
  .meta({ id: 'Evidence', description: 'A fact that moved a score.' });

const metric = z
  .object({
    name: z.string().describe('Name of the criterion'),
    category: z.string().describe('Group of criteria'),
    base: z.number().describe('Where the score starts, before evidence'),
    score: nullableScore.describe('Null when the metric does not apply to this submission'),
    weight: z.number().describe('Share in the score of the path'),
    confidence: z.number().describe('0 to 1: how much there was to judge by'),
    explanation: z.string().describe('The score in words'),
    evidence: z.array(evidence).describe('What moved the score'),
  })
  .meta({ id: 'Criterion', description: 'One criterion of a path.' });

const pathScore = z
  .object({
    path: z.enum(pathNames).describe('What was judged'),
    overall_score: nullableScore.describe('Null when there is nothing to judge the path by'),
    counts_as: score
      .exactOptional()
      .describe('What it counts in the overall score, where the rubric lets it stand for more'),
    status: z.enum(['scored', 'insufficient_evidence']).describe('Whether there is a score'),
    reason: z.string().exactOptional().describe('Why there is none'),
    interval: z
      .tuple([z.number(), z.number()])
      .exactOptional()
      .describe('5 to 95 % range of the score, low and high'),
    confidence: unit.describe('Falls with missing material, syntax errors and small samples'),
    confidence_parts: z
      .record(z.string(), z.number())
      .describe('Factors of the confidence: their product is the confidence'),
    deviation: z
      .number()
      .exactOptional()
      .describe('Points by which the score may still move: one standard deviation'),
    metrics: z.array(metric).describe('The criteria that make up the score'),
    motives: z.array(z.enum(motiveTypes)).describe('Micro-motives that the path shows'),
    strengths: z.array(z.string()).describe('What was done well'),
    areas_for_improvement: z.array(z.string()).describe('What was not'),
  })
  .meta({ id: 'PathScore', description: 'One path of the assessment.' });

const microMotive = z
  .object({
    motive_type: z.enum(motiveTypes).describe('What the author seems to be moved by'),
    strength: unit.describe('Never enters a score'),
    indicators: z.array(z.string()).describe('Signs of it'),
    evidence: z
      .array(
        z.object({
          description: z.string().describe('The sign in a sentence'),
          file,
          start_line: line.describe('First line, from 1'),
        }),
      )
      .describe('Where the signs are'),
    path_alignment: z.enum(pathNames).describe('Path that it belongs to most'),
  })
  .meta({ id: 'MicroMotive', description: 'A motive that the work shows.' });

const recommendation = z
  .object({
    path: z.enum(pathNames).describe('Path that gains'),
    metric: z.string().describe('Criterion that gains'),
    text: z.string().describe('What to do'),
    file: z.string().exactOptional().describe('Where'),
    start_line: z.int().exactOptional().describe('First line, from 1'),
    gain: z
      .number()
      .describe('Points that the path gains, found by scoring again without the defect'),
    effort: z
      .enum(['small', 'medium', 'large'])
      .exactOptional()
      .describe('How much has to change: a few lines, a function or a page, more than that'),
  })
  .meta({ id: 'Recommendation', description: 'A change that raises a score.' });

const tag = z
  .object({
    tag: z.string().describe('Skill or topic'),
    category: z.string().describe('Kind of tag'),
    confidence: z.number().describe('0 to 1'),
    evidence: z
      .array(
        z.object({
          file,
          line: line.describe('From 1'),
          description: z.string().describe('What shows it'),
        }),
      )
      .describe('Where it shows'),
  })
  .meta({ id: 'Tag', description: 'What the submission is about.' });

/** Of one text: its places have no file. */
export const textTagSchema = z
  .object({
    tag: z.string().describe('Skill or topic'),
    category: z.string().describe('Kind of tag'),
    confidence: unit.describe('How often what found it was right on labelled texts'),
    evidence: z
      .array(
        z.object({
          line: z.int().describe('From 1'),
          snippet: z.string().describe('The line, at most 200 characters; secrets masked'),
          description: z.string().describe('What shows it'),
        }),
      )
      .describe('Where it shows, the first five places'),
  })
  .meta({ id: 'TextTag', description: 'What a text is about.' });

export const engineResultSchema = z.object({
  overall_score: nullableScore.describe(
    'Mean of the scored paths, and of those that were asked for and stand at their floor; null when none is scored',
  ),
  confidence: unit.describe('Mean of the paths'),
  path_scores: z.array(pathScore).describe('One for each path that was asked for'),
  micro_motives: z.array(microMotive).describe('Those that the work shows'),
  dominant_path: z.enum(pathNames).nullable().describe('Path with the highest score'),
  summary: z.string().describe('The result in a few sentences'),
  key_findings: z.array(z.string()).describe('What matters most'),
  recommendations: z.array(recommendation).describe('Largest gain first'),
  tags: z.array(tag).describe('Most certain first'),
  languages: z
    .array(
      z.object({
        language: z.string().describe('Name of the language'),
        share: z.number().describe('0 to 1, of the lines of code'),
      }),
    )
    .describe('Largest share first'),
  unjudged_languages: z
    .array(
      z.object({
        language: z.string().describe('Name of the language'),
        lines: z.int().describe('Lines of code in it'),
        share: z.number().describe('0 to 1, of all lines of code, judged or not'),
      }),
    )
    .exactOptional()
    .describe('Languages of the submission that no score rests on, most lines first'),
  left_out: z
    .array(
      z.object({
        path: z.string().describe('File, or member of the content'),
        role: z.string().describe('What it was taken for: generated, vendored, config, …'),
        reason: z.string().describe('Why no score rests on it'),
      }),
    )
    .exactOptional()
    .describe('Files that were not judged, the first 200 by path'),
  left_out_count: z.int().exactOptional().describe('How many files were not judged'),
  engine_version: z.string().describe('Version of the engine that judged'),
  rubric_version: z.string().describe('Version of the rubric that it judged by'),
  input_sha256: z.string().describe('SHA-256 of the normalised content, options and versions'),
});

export type EngineResult = z.output<typeof engineResultSchema>;
export type PathScore = z.output<typeof pathScore>;
export type MetricScore = z.output<typeof metric>;
export type Evidence = z.output<typeof evidence>;
export type MicroMotive = z.output<typeof microMotive>;
export type Recommendation = z.output<typeof recommendation>;
export type Tag = z.output<typeof tag>;
export type TextTag = z.output<typeof textTagSchema>;
