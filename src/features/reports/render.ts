import type { AssessmentResult } from '../assessments/assessment.ts';
import { toCsv } from './formats/csv.ts';
import { toGradescope } from './formats/gradescope.ts';
import { toMarkdown } from './formats/markdown.ts';
import { toSarif } from './formats/sarif.ts';
import { toHtml } from './html/page.ts';
import type { ReportFormatName } from './report-formats.ts';
import { reportModel, type HumanScores, type ReportModel } from './report-model.ts';

const writers: Record<ReportFormatName, (report: ReportModel) => string | Promise<string>> = {
  html: toHtml,
  md: toMarkdown,
  csv: toCsv,
  sarif: toSarif,
  gradescope: toGradescope,
};

/** The same result and the same format give the same text, always. */
export async function renderReport(
  format: ReportFormatName,
  result: AssessmentResult,
  human: HumanScores | null = null,
): Promise<string> {
  return writers[format](reportModel(result, human));
}
