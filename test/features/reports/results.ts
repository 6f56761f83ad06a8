/** Results of the real engine to report on: all sample submissions, and what is seldom. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AssessmentContent, AssessmentInput } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { realEngine } from '#test/support/engine.ts';
import { sampleSubmissions } from '#test/validate/golden-corpus.ts';

const projects = new URL('../../fixtures/student-projects/projects.jsonl.gz', import.meta.url);

/** As the service stores it, and a report reads it: JSON has no -0. */
export function asStored(result: EngineResult): AssessmentResult {
  const stored: AssessmentResult = {
    assessment_id: 'assess_019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b',
    candidate_id: 'ada',
    submission_type: 'project',
    challenge: null,
    labels: [],
    timestamp: '2026-11-29T17:05:00.000Z',
    ...result,
    processing_time_ms: 12.5,
    metadata: { cached: false },
  };
  return JSON.parse(JSON.stringify(stored)) as AssessmentResult;
}

const sample = (file: string) =>
  readFileSync(new URL(`../../fixtures/samples/${file}`, import.meta.url), 'utf8');
const { content: readme } = JSON.parse(
  readFileSync(new URL('../../fixtures/submission.json', import.meta.url), 'utf8'),
) as { content: AssessmentContent };
const bad = sample('python/bad.py');
const secret = `TOKEN = "${['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')}"\n`;

const seldom: [name: string, content: AssessmentContent, changes?: Partial<AssessmentInput>][] = [
  ['nothing to judge', { code: 'print(1)\n' }],
  ['no text', { code: '\u0001\u0002\u0003' }],
  ['not judged', { files: [{ path: 'a.kt', content: 'fun main() { println("x") }\n'.repeat(9) }] }],
  ['no explanations', { code: bad }, { options: { include_explanations: false } }],
  ['one path', { code: bad }, { paths_to_evaluate: ['technical'] }],
  [
    'a secret',
    { ...readme, files: [...(readme.files ?? []), { path: 'key.py', content: secret }] },
  ],
];

let known: Promise<ReadonlyMap<string, AssessmentResult>> | undefined;

/** By name; judged once a process. */
export function sampleResults(): Promise<ReadonlyMap<string, AssessmentResult>> {
  known ??= judgeAll();
  return known;
}

async function judgeAll(): Promise<ReadonlyMap<string, AssessmentResult>> {
  const run = await realEngine();
  const students = gunzipSync(readFileSync(projects)).toString().trim().split('\n');
  const all = [
    ...sampleSubmissions(),
    ...students.slice(0, 10).map((line, index): [string, AssessmentContent] => {
      const { files } = JSON.parse(line) as Required<Pick<AssessmentContent, 'files'>>;
      return [`student ${index}`, { files }];
    }),
    ...seldom,
  ];
  return new Map(
    all.map(([name, content, changes]) => [name, asStored(run(content, changes))] as const),
  );
}
