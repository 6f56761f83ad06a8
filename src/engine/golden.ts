/** Submissions whose results are known: whatever judges them otherwise is another engine than the one that was released. */
import { createHash } from 'node:crypto';
import {
  pathNames,
  type AssessmentContent,
  type AssessmentInput,
  type PathName,
} from './contract.ts';
import type { EngineResult } from './result-schema.ts';
import stored from './golden.json' with { type: 'json' };

export interface GoldenSubmission {
  name: string;
  content: AssessmentContent;
  expected: GoldenDigest;
}

/** What a result is told by. */
export interface GoldenDigest {
  /** SHA-256 over the JSON of the whole result. */
  sha256: string;
  /** Score by path; null where there is none. */
  scores: Record<PathName, number | null>;
}

export const goldenSubmissions: readonly GoldenSubmission[] = stored;

/** As a client would ask. */
export function goldenInput(content: AssessmentContent): AssessmentInput {
  return {
    candidate_id: 'golden',
    submission_type: 'code',
    content,
    paths_to_evaluate: [...pathNames],
    options: {},
  };
}

export function goldenDigest(result: EngineResult): GoldenDigest {
  const scores = result.path_scores.map(({ path, overall_score }) => [path, overall_score]);
  return {
    sha256: createHash('sha256').update(JSON.stringify(result)).digest('hex'),
    scores: Object.fromEntries(scores) as GoldenDigest['scores'],
  };
}
