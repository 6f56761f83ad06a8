/** Entry of the thread in which reports are written; it keeps the grammars of the highlighter. */
import { readJson } from '../../json/parse-json.ts';
import type { AssessmentResult } from '../assessments/assessment.ts';
import { renderReport } from './render.ts';
import type { HumanScores } from './report-model.ts';
import type { ReportFormatName } from './report-formats.ts';

export interface RenderTask {
  format: ReportFormatName;
  /** A result as it is stored: JSON. */
  result: string;
  human: HumanScores | null;
}

/** Name by which the pool calls this module. */
export function renderInThread({ format, result, human }: RenderTask): Promise<string> {
  return renderReport(format, readJson(result) as AssessmentResult, human);
}
