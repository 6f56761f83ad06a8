/** The words of the domain and what a client submits; result-schema.ts has what it gets back. Names are the wire's. */

export const pathNames = [
  'technical',
  'design',
  'collaboration',
  'problem_solving',
  'communication',
] as const;
export type PathName = (typeof pathNames)[number];

export const submissionTypes = [
  'code',
  'project',
  'interview',
  'portfolio',
  'test',
  'mobile_interactive',
] as const;
export type SubmissionType = (typeof submissionTypes)[number];

export interface SourceFile {
  path: string;
  content: string;
  language?: string | undefined;
}

/** Prose members of `content`; each alone is enough for an assessment. */
export const proseMembers = [
  'text',
  'explanation',
  'reasoning',
  'approach',
  'thinking',
  'readme',
] as const;
/** Code members of `content`, legacy names included; each becomes a file without a path. */
export const codeMembers = ['code', 'solution', 'submission'] as const;

export type AssessmentContent = {
  [Member in (typeof proseMembers)[number] | (typeof codeMembers)[number]]?: string | undefined;
} & {
  files?: SourceFile[] | undefined;
  answers?: { question: string; answer: string }[] | undefined;
  commits?: { message: string; diff?: string | undefined }[] | undefined;
  reviews?: string[] | undefined;
  template_files?: SourceFile[] | undefined;
};

export interface AssessmentOptions {
  include_explanations?: boolean | undefined;
  weights?: Partial<Record<PathName, number>> | undefined;
  challenge?: string | undefined;
  /** Of whoever asks; the engine is not told them. */
  labels?: string[] | undefined;
  rubric?: string | undefined;
}

/** A validated request to assess; what the engine and the store receive. */
export interface AssessmentInput {
  candidate_id: string;
  submission_type: SubmissionType;
  content: AssessmentContent;
  language?: string | undefined;
  paths_to_evaluate: PathName[];
  options: AssessmentOptions;
}

export const motiveTypes = [
  'exploration',
  'mastery',
  'collaboration',
  'innovation',
  'efficiency',
  'quality',
] as const;
export type MotiveType = (typeof motiveTypes)[number];

/** Stages of the engine, in order. */
export const stageNames = [
  'intake',
  'facts',
  'prose',
  'metrics',
  'score',
  'confidence',
  'explain',
  'seal',
] as const;

/** What a submission is recognised by: fingerprints below 2 ** (32 - `level`), each once, ascending. */
export interface Sketch {
  level: number;
  hashes: number[];
}

/** Milliseconds that each stage of the pipeline took, relative to the start of the work. */
export interface StageTiming {
  stage: string;
  startMs: number;
  endMs: number;
}
