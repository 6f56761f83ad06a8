import type { EngineResult, SubmissionType } from '../../engine/contract.ts';

/** What is stored and answered: the engine's judgement with its identity. Names are the wire's. */
export interface AssessmentResult extends EngineResult {
  assessment_id: string;
  candidate_id: string;
  submission_type: SubmissionType;
  timestamp: string;
  processing_time_ms: number;
  metadata: Record<string, string | number | boolean | null>;
}
