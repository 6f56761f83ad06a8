import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { conditional, entityTag, withEtag } from '../../http/routing/etag.ts';
import { route, type Route } from '../../http/routing/route.ts';
import { cacheable } from '../../resilience/cache/cache-status.ts';
import { assessmentParams } from '../assessments/assessment-schemas.ts';
import type { ReadResult } from '../assessments/read-result.ts';
import { assessmentsTag } from '../assessments/submit-route.ts';
import { servedPolicy } from './html/policy.ts';
import { reportFormatNames, reportFormats } from './report-formats.ts';
import type { HumanScores } from './report-model.ts';
import type { ReportRenderer } from './report-renderer.ts';

const reportQuery = z.strictObject({
  format: z
    .enum(reportFormatNames)
    .default('html')
    .describe(
      '`html`: one file to read and print; `md`: to paste; `csv`: for a spreadsheet; `sarif`: SARIF 2.1.0 for editors and code scanning; `gradescope`: its results.json',
    ),
});

const reportSchema = z
  .record(z.string(), z.unknown())
  .describe('SARIF 2.1.0, or results.json of Gradescope');

export function reportRoutes(deps: {
  readResult: ReadResult;
  /** Without what appeals upheld; null where none was. */
  humanScores: (em: SqlEntityManager, id: string) => Promise<HumanScores | null>;
  render: ReportRenderer['render'];
}): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/assessments/:id/report',
      operationId: 'getAssessmentReport',
      summary: 'Get a result as a report',
      description:
        'For who was assessed: what the score means, each finding beside its code, what to do next and what it would gain. Scores and points are those of the result in every format; where appeals were upheld, the score of people stands beside. The page needs no other file and no host; at most ten findings of a criterion are quoted there and five in Markdown, the others are told by their number and points, and the other formats have them all.',
      tag: assessmentsTag,
      access: 'candidate',
      body: 'none',
      reply: 'text',
      behaviours: [conditional, cacheable],
      params: assessmentParams,
      names: 'assessment',
      query: reportQuery,
      responses: {
        200: {
          description: 'The report',
          schema: reportSchema,
          mediaTypes: ['application/json', 'application/sarif+json'],
          asText: ['text/html', 'text/markdown', 'text/csv'],
          headers: {
            'Content-Disposition': {
              description: 'A file name for it.',
              example: 'inline; filename="report-assess_019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b.html"',
              required: true,
            },
          },
        },
      },
      errors: ['NOT_FOUND', 'SERVICE_UNAVAILABLE'],
      async handle({ params, query: { format }, ctx }) {
        const { body: result } = await deps.readResult(ctx, params.id);
        const human = await deps.humanScores(ctx.state.em, params.id);
        const { contentType, extension, disposition } = reportFormats[format];
        const report = await deps.render({ format, result, human }, ctx.state.signal);
        const answer = withEtag(ctx, entityTag(report));
        if (answer.status !== 200) return answer;
        return {
          ...answer,
          headers: {
            ...answer.headers,
            'Content-Type': contentType,
            'Content-Disposition': `${disposition}; filename="report-${params.id}.${extension}"`,
            ...(format === 'html' ? { 'Content-Security-Policy': servedPolicy } : {}),
          },
        };
      },
    }),
  ];
}
