/** What a command shows of an assessment, whoever judged it. */
import type { AssessmentResult } from '../features/assessments/assessment.ts';
import { assessmentInput } from '../features/assessments/assessment-schemas.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export interface AssessOptions {
  candidate?: string | undefined;
  type?: string | undefined;
  paths?: string[] | undefined;
  challenge?: string | undefined;
  label?: string[] | undefined;
  rubric?: string | undefined;
}

export interface Judged {
  result: AssessmentResult;
  /** Files that were not read at all. */
  leftOut: number;
  /** By a service. */
  isStored: boolean;
}

/** @throws {CliError} that names the option */
export function inputOf(
  options: AssessOptions,
  candidate: string,
  content: Record<string, unknown>,
): ReturnType<typeof assessmentInput.parse> {
  const read = assessmentInput.safeParse(requestOf(options, candidate, content));
  if (read.success) return read.data;
  const lines = read.error.issues.map(({ path, message }) => `  ${path.join('/')} ${message}`);
  throw new CliError(
    `The submission cannot be assessed as it stands:\n${lines.join('\n')}`,
    exitCodes.data,
  );
}

/** As it is sent. */
export function requestOf(
  { type = 'project', paths, challenge, label, rubric }: AssessOptions,
  candidate: string,
  content: Record<string, unknown>,
): Record<string, unknown> {
  return {
    candidate_id: candidate,
    submission_type: type,
    content,
    ...(paths === undefined ? {} : { paths_to_evaluate: paths }),
    options: {
      ...(challenge === undefined ? {} : { challenge }),
      ...(label === undefined ? {} : { labels: label }),
      ...(rubric === undefined ? {} : { rubric }),
    },
  };
}

/** Of a folder of a class, as course systems name it: `Ada Byron_12345_assignsubmission_file_`. */
export function candidateOf(folder: string): string {
  const [name = ''] = folder.split('_assignsubmission_');
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(-100);
}
