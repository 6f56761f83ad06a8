import { evidenceIds } from './evidence-id.ts';
import type { Evidence } from './result-schema.ts';
import { maskSecrets } from './mask-secrets.ts';
import type { PathName } from './contract.ts';
import type { Observation } from './criteria/criterion.ts';
import { roundHalfEven, sum } from './numbers.ts';
import { ruleSet, threshold, type Rubric } from './rubric.ts';
import type { ScoredCriterion } from './score.ts';
import type { Submission } from './submission/submission.ts';

const snippetLines = 12;
const snippetCharacters = 400;
const descriptionCharacters = 500;

/**
 * The facts behind a criterion's score, weightiest first. Beyond the limit the rest is folded into one
 * item that carries their points, so the sum still closes.
 */
export function evidenceOf(
  { path, spec, draft, settled }: ScoredCriterion & { path: PathName },
  submission: Submission,
  rubric: Rubric,
): Evidence[] {
  if (!draft.applicable || !settled) return [];
  const limit = threshold(rubric, 'evidence_limit');
  const ranked = draft.observations
    .map((item, index) => ({ item, points: settled.points[index] ?? 0 }))
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const secretRules = ruleSet(rubric, 'secret_rules');
  const shown = ranked.length > limit ? ranked.slice(0, limit - 1) : ranked;
  const evidence = shown.map(({ item, points }) =>
    toEvidence(item, points, submission, secretRules.has(item.rule)),
  );
  const rest = ranked.slice(shown.length);
  if (rest.length > 0) {
    const points = roundHalfEven(sum(rest.map((entry) => entry.points)), 2);
    evidence.push(folded(rest.length, points));
  }
  const idOf = evidenceIds();
  return evidence.map((item) => ({ id: idOf(`${path}/${spec.name}`, item), ...item }));
}

function toEvidence(
  item: Observation,
  points: number,
  submission: Submission,
  secret: boolean,
): Evidence {
  return {
    type: item.type,
    description: maskSecrets(item.message, false).slice(0, descriptionCharacters),
    source: item.source,
    file: item.file,
    start_line: item.startLine,
    end_line: item.endLine,
    snippet: snippetOf(item, submission, secret),
    points,
    rule: item.rule,
    metadata: item.metadata ?? {},
  };
}

function folded(count: number, points: number): Evidence {
  return {
    type: 'folded',
    description: `${count} further facts of less weight, together.`,
    source: 'code',
    file: null,
    start_line: null,
    end_line: null,
    snippet: null,
    points,
    rule: 'further_facts',
    metadata: { count },
  };
}

function snippetOf(item: Observation, submission: Submission, secret: boolean): string | null {
  if (item.file === null || item.startLine === null) return null;
  const lines = submission.linesOf(item.file);
  const end = Math.min(item.endLine ?? item.startLine, item.startLine + snippetLines - 1);
  const text = lines
    .slice(item.startLine - 1, end)
    // One more than is kept, so that the end of a long line is seen to be cut.
    .map((line) => line.slice(0, snippetCharacters + 1))
    .join('\n');
  return text.trim() === '' ? null : clip(maskSecrets(text, secret));
}

/** Cuts at the limit without splitting a surrogate pair. */
function clip(text: string): string {
  if (text.length <= snippetCharacters) return text;
  return `${text.slice(0, snippetCharacters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
