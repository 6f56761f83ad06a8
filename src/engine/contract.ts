/** The words of the domain: what a client submits and what it gets back. Names are the wire's. */

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

/** A fact that moved a score. `points` of a metric's evidence plus its `base` equal its `score` (to 0.1). */
export interface Evidence {
  type: string;
  description: string;
  /** Where it was found: `code`, `test`, `docs`, `prose`, `answer`, `commit` or `review`. */
  source: string;
  file: string | null;
  /** 1-based, inclusive. */
  start_line: number | null;
  end_line: number | null;
  /** At most 12 lines and 400 characters; secrets masked. */
  snippet: string | null;
  points: number;
  weight: number;
  rule: string;
  metadata: Record<string, string | number | boolean | null>;
}

export interface MetricScore {
  name: string;
  category: string;
  base: number;
  /** 0 to 100; null when the metric does not apply to this submission. */
  score: number | null;
  weight: number;
  confidence: number;
  explanation: string;
  evidence: Evidence[];
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

export interface MicroMotive {
  motive_type: MotiveType;
  /** 0 to 1; never enters a score. */
  strength: number;
  indicators: string[];
  evidence: { description: string; file: string | null; start_line: number | null }[];
  path_alignment: PathName;
}

export interface PathScore {
  path: PathName;
  overall_score: number | null;
  status: 'scored' | 'insufficient_evidence';
  reason?: string;
  /** 5 to 95 % range of the score, [low, high]. */
  interval?: [number, number];
  confidence: number;
  confidence_parts: Record<string, number>;
  metrics: MetricScore[];
  motives: MotiveType[];
  strengths: string[];
  areas_for_improvement: string[];
}

export interface Recommendation {
  path: PathName;
  metric: string;
  text: string;
  file?: string;
  start_line?: number;
  /** Points that the path's score gains when it is followed, found by scoring again without the defect. */
  gain: number;
}

export interface Tag {
  tag: string;
  category: string;
  confidence: number;
  evidence: { file: string | null; line: number | null; description: string }[];
}

/** What the engine makes of an input: a pure function of content, options and versions. */
export interface EngineResult {
  overall_score: number | null;
  confidence: number;
  path_scores: PathScore[];
  micro_motives: MicroMotive[];
  dominant_path: PathName | null;
  summary: string;
  key_findings: string[];
  recommendations: Recommendation[];
  tags: Tag[];
  languages: { language: string; share: number }[];
  engine_version: string;
  rubric_version: string;
  /** SHA-256 of the normalised content, options and versions. */
  input_sha256: string;
}

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

/** Milliseconds that each stage of the pipeline took, relative to the start of the work. */
export interface StageTiming {
  stage: string;
  startMs: number;
  endMs: number;
}
