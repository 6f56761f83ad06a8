import type { PathName } from './contract.ts';
import { count, type CriterionContext, type CriterionDraft } from './criteria/criterion.ts';
import { judgedNames, languageName } from './syntax/languages/unjudged-languages.ts';
import { threshold, type CriterionSpec, type Rubric } from './rubric.ts';
import type { Submission } from './submission/submission.ts';

/** Why a path has no score, in one sentence that tells the candidate what was missing. */
export function unscoredReason(
  path: PathName,
  metrics: readonly { spec: CriterionSpec; draft: CriterionDraft }[],
  { submission, rubric }: CriterionContext,
): string {
  if (path === 'communication') return unreadable(submission) ?? heaviestReason(metrics);
  return (
    missingCode(submission) ??
    mostlyUnjudged(submission, rubric) ??
    unreadable(submission) ??
    tooSmall(submission, rubric) ??
    heaviestReason(metrics)
  );
}

/** Why a criterion does not apply to code in languages that are not judged; null where it may speak for itself. */
export function unjudgedReason(
  path: PathName,
  { name }: Pick<CriterionSpec, 'name'>,
  { submission }: CriterionContext,
): string | null {
  if (path === 'communication' || name === 'adaptability' || submission.code.length > 0)
    return null;
  const languages = unjudgedNames(submission);
  if (languages.length === 0) return null;
  return `${listed(languages)} ${languages.length === 1 ? 'is' : 'are'} not judged`;
}

/** Queries alone are what was asked for; beside a program they are its data. */
function unjudgedNames({ unjudged, files }: Submission): string[] {
  const names = unjudged.languages.slice(0, 3).map(({ language }) => languageName(language));
  const queries = files.some(({ language, role }) => language === 'sql' && role === 'data');
  return names.length === 0 && queries ? [languageName('sql')] : names;
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function mostlyUnjudged({ unjudged }: Submission, rubric: Rubric): string | null {
  const isEnough = 1 - unjudged.share >= threshold(rubric, 'judged_share_minimum');
  return isEnough ? null : unjudgedSentence({ unjudged });
}

/** Which code no score rests on, and what would be judged: one sentence. */
export function unjudgedSentence({ unjudged }: Pick<Submission, 'unjudged'>): string {
  const { languages, lines, share } = unjudged;
  const list = listed(languages.slice(0, 3).map(({ language }) => languageName(language)));
  const more = languages.length > 3 ? ' and others' : '';
  const part = share < 1 ? ` (${Math.round(share * 100)} % of the code)` : '';
  return `${count(lines, 'line')} of ${list}${more}${part} ${lines === 1 ? 'is' : 'are'} not judged: ${judgedNames()} are.`;
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
    return `The code could not be parsed as ${languageName(faulty.language)} within the limits of work and memory.`;
  }
  if (faulty && attempted.includes(faulty)) {
    return `${faulty.path} is not judged: ${Math.round(faulty.errorShare * 100)} % of it could not be read as ${languageName(faulty.language)}.`;
  }
  return unjudgedSentence(submission);
}

function roleReason({ files }: Submission): string | null {
  const others = files.filter(({ role }) => role !== 'docs');
  const query = others.find(({ language }) => language === 'sql');
  if (query && !others.some(({ role }) => kept.has(role)))
    return `${query.path} is in SQL, which is not judged: ${judgedNames()} are.`;
  const unknown = others.find(({ language, role }) => role === 'data' && language === 'unknown');
  if (unknown) return `${unknown.path} is in no language that is judged: ${judgedNames()} are.`;
  const other = others.find(({ role }) => kept.has(role)) ?? others[0];
  return other
    ? `No file holds code of the candidate's own: ${other.path} is left out, since ${other.roleReason ?? `it is ${other.role}`}.`
    : null;
}

/** Roles of files that may hold code: whoever expected a score asks for these. */
const kept = new Set(['vendored', 'generated', 'template']);

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
