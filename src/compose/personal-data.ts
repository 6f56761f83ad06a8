import { personalAccess } from '../features/access/personal-access.ts';
import { personalAppeals } from '../features/appeals/personal-appeals.ts';
import { personalAssessments } from '../features/assessments/personal-assessments.ts';
import { personalMemory } from '../features/candidates/personal-memory.ts';
import { personalFiles } from '../features/files/personal-files.ts';
import { personalJobs } from '../features/jobs/personal-jobs.ts';
import { personalWebhooks } from '../features/webhooks/personal-webhooks.ts';
import { keptAnswers } from '../http/kept-answers.ts';
import type { PersonalData } from '../storage/personal-data.ts';

/** Of everybody who stores something of a person, beside the candidate itself. */
export const personalData: readonly PersonalData[] = [
  personalAppeals,
  personalAssessments,
  personalMemory,
  personalFiles,
  personalJobs,
  keptAnswers,
  ...personalWebhooks,
  ...personalAccess,
];
