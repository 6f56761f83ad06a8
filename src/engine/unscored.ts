import type { PathName } from './contract.ts';
import { count, type CriterionContext, type CriterionDraft } from './criteria/criterion.ts';
import { threshold, type CriterionSpec, type Rubric } from './rubric.ts';
import type { Submission } from './submission/submission.ts';

/** Why a path has no score, in one sentence that tells the candidate what was missing. */
export function unscoredReason(
  path: PathName,
  metrics: readonly { spec: CriterionSpec; draft: CriterionDraft }[],
  { submission, rubric }: CriterionContext,
): string {
  return (
    (path === 'communication' ? null : missingCode(submission)) ??
    unreadable(submission) ??
    (path === 'communication' ? null : tooSmall(submission, rubric)) ??
    heaviestReason(metrics)
  );
}

function tooSmall({ statements }: Submission, rubric: Rubric): string | null {
  if (statements >= threshold(rubric, 'minimum_statements')) return null;
  return statements === 0
    ? 'No statement of logic: too little code to judge.'
    : `Only ${count(statements, 'statement')} of logic: too little code to judge.`;
}

function missingCode(submission: Submission): string | null {
  if (submission.code.length > 0) return null;
  const faulty = submission.files.find(({ errorShare }) => errorShare > 0);
  const attempted = submission.files.filter(({ role }) => role === 'source' || role === 'test');
  if (attempted.length === 0) {
    return unreadable(submission) ?? roleReason(submission) ?? 'The submission holds no code.';
  }
  if (faulty?.truncated === true && faulty.nodes === 0) {
    return `The code could not be parsed as ${faulty.language} within the limits of work and memory.`;
  }
  if (faulty && attempted.includes(faulty)) {
    return `The code could not be parsed as ${faulty.language}: ${Math.round(faulty.errorShare * 100)} % of it is not valid syntax.`;
  }
  const languages = [...new Set(attempted.map(({ language }) => language))].join(', ');
  return `The code is in a language that is not judged (${languages}).`;
}

function roleReason({ files }: Submission): string | null {
  const other = files.find(({ role }) => role !== 'docs');
  return other
    ? `No file holds code of the candidate's own: ${other.path} is ${other.role}.`
    : null;
}

function unreadable({ unreadable: names }: Submission): string | null {
  return names.length > 0 ? `${names[0]} is not text and could not be read.` : null;
}

function heaviestReason(
  metrics: readonly { spec: CriterionSpec; draft: CriterionDraft }[],
): string {
  const missing = metrics
    .flatMap(({ spec, draft }) => (draft.applicable ? [] : [{ weight: spec.weight, ...draft }]))
    .sort((a, b) => b.weight - a.weight);
  const reason = missing[0]?.reason ?? 'too little that applies';
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}
