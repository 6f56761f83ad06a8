/**
 * What became of the findings of one version of a submission in the next ones, as a reader would say: fixed,
 * persisting, new. A finding stays the same one when its code moves to other lines or another file, when its
 * function is changed or renamed, and when several criteria tell of it.
 */
import { evidenceIds, quotedName } from '../../engine/evidence-id.ts';
import type { Evidence, MetricScore } from '../../engine/result-schema.ts';
import type { AssessmentResult } from './assessment.ts';

export interface Finding {
  /** `id` of its evidence in the first version that shows it, so that it stays while the finding does. */
  finding_id: string;
  rule: string;
  description: string;
  file: string | null;
  start_line: number | null;
  /** Criteria that tell of it: `path/criterion`. */
  criteria: string[];
  /** The first version that shows it. */
  since: string;
}

export interface FindingChanges {
  fixed: Finding[];
  persisting: Finding[];
  new: Finding[];
}

/** What of a version is compared. */
export type Version = Pick<AssessmentResult, 'assessment_id' | 'path_scores'>;

/** A finding of one version. */
interface Seen {
  /** Of the first item of evidence that tells of it. */
  id: string;
  rule: string;
  description: string;
  file: string | null;
  start_line: number | null;
  criteria: string[];
  /** The function or name that it is about. */
  symbol: string | null;
  /** White space made equal. */
  code: string;
  /** Told also of a function that counts for nothing since nothing uses it. */
  always: boolean;
}

/** Its id is that of the first version that shows it. */
interface Tracked extends Seen {
  since: string;
}

/**
 * @param versions oldest first; all were judged by the same ruler
 * @returns of the last one against those before; null when there are none before, or when one is without its texts
 */
export function findingChanges(versions: readonly Version[]): FindingChanges | null {
  const [first, ...later] = versions;
  if (first === undefined || later.length === 0 || versions.some(isWithoutTexts)) return null;
  let before = first;
  let known = begun(findingsOf(first), first);
  let fixed: Tracked[] = [];
  let persisting: Tracked[] = [];
  let fresh: Tracked[] = [];
  for (const version of later) {
    const found = findingsOf(version);
    const same = pair(known, found);
    const gone = known.filter((one) => !new Set(same.values()).has(one));
    persisting = found.flatMap((one) => {
      const former = same.get(one);
      return former === undefined ? [] : [{ ...one, id: former.id, since: former.since }];
    });
    const added = begun(
      found.filter((one) => !same.has(one)),
      version,
    );
    fixed = gone.filter((one) => isJudged(one, version));
    const last = before;
    fresh = added.filter((one) => isTold(one, last));
    // What is not judged for once may be found again.
    known = [...persisting, ...added, ...gone.filter((one) => !isJudged(one, version))];
    before = version;
  }
  return {
    fixed: fixed.map(present),
    persisting: persisting.map(present),
    new: fresh.map(present),
  };
}

function present({ id, since, ...seen }: Tracked): Finding {
  const { rule, description, file, start_line, criteria } = seen;
  return { finding_id: id, rule, description, file, start_line, criteria, since };
}

function begun(found: readonly Seen[], { assessment_id: since }: Version): Tracked[] {
  return found.map((one) => ({ ...one, since }));
}

type Likeness = (finding: Seen) => string | null;

/** The surest first: of two that could be the same, the one that is alike in more is. */
const likenesses: readonly Likeness[] = [
  ({ rule, file, symbol, code }) => key(rule, file, symbol, code),
  // Moved.
  ({ rule, symbol, code }) => key(rule, symbol, code),
  // Renamed.
  ({ rule, file, symbol, code }) =>
    symbol === null || code === '' ? null : key(rule, file, code.replaceAll(symbol, '\0')),
  // Changed.
  ({ rule, file, symbol }) => (symbol === null ? null : key(rule, file, symbol)),
  // Moved and changed.
  ({ rule, symbol }) => (symbol === null ? null : key(rule, symbol)),
];

function key(...parts: (string | null)[]): string {
  return JSON.stringify(parts);
}

/** @returns which of the later ones is which of the former */
function pair(former: readonly Tracked[], later: readonly Seen[]): Map<Seen, Tracked> {
  const pairs = new Map<Seen, Tracked>();
  let left = [...former];
  for (const like of likenesses) {
    const open = Map.groupBy(left, like);
    for (const one of later) {
      const name = pairs.has(one) ? null : like(one);
      const match = name === null ? undefined : open.get(name)?.shift();
      if (match !== undefined) pairs.set(one, match);
    }
    const taken = new Set(pairs.values());
    left = left.filter((one) => !taken.has(one));
  }
  return pairs;
}

/** Each once, whichever criteria tell of it; the weightiest first. */
function findingsOf({ path_scores }: Version): Seen[] {
  const idOf = evidenceIds();
  const found = new Map<string, Seen & { points: number }>();
  for (const { path, metrics } of path_scores) {
    for (const metric of metrics) {
      for (const item of metric.evidence) {
        const criterion = `${path}/${metric.name}`;
        const id = idOf(criterion, item);
        if (!isFinding(item, metric)) continue;
        const seen = seenIn(item, id, criterion);
        const place = key(seen.rule, seen.file, String(seen.start_line), seen.symbol, seen.code);
        const known = found.get(place);
        if (known === undefined) found.set(place, { ...seen, points: item.points });
        else if (!known.criteria.includes(seen.criteria[0] ?? '')) {
          known.criteria.push(...seen.criteria);
          known.points += item.points;
        }
      }
    }
  }
  return [...found.values()]
    .toSorted((a, b) => a.points - b.points)
    .map(({ points: _points, ...seen }) => seen);
}

/** It costs points, or stands where none were earned. */
function isFinding({ points, type, rule }: Evidence, { base }: MetricScore): boolean {
  if (rule === FOLDED || type === 'note' || type === 'strength') return false;
  return points < 0 || (points === 0 && base === 0);
}

/** The facts beyond those that are told one by one. */
const FOLDED = 'further_facts';

/** That a function counts for nothing. */
const UNUSED = 'unused_code';

function seenIn(item: Evidence, id: string, criterion: string): Seen {
  const { rule, description, file, start_line, metadata, snippet } = item;
  const named = metadata['function'] ?? metadata['name'] ?? quotedName(description);
  return {
    id,
    rule,
    description,
    file,
    start_line,
    criteria: [criterion],
    symbol: named === undefined || named === null ? null : String(named),
    code: (snippet ?? '').trim().replaceAll(/\s+/g, ' '),
    always: metadata['function'] !== undefined,
  };
}

/** Results may be asked for without explanations: then nothing tells two findings of a rule apart. */
function isWithoutTexts({ path_scores }: Version): boolean {
  return path_scores.some(({ metrics }) =>
    metrics.some(({ evidence }) => evidence.some(({ description }) => description === '')),
  );
}

/** Whether a version would tell of it if it were still there. */
function isJudged(finding: Seen, version: Version): boolean {
  return (
    !countsForNothing(finding, version) &&
    finding.criteria.some((criterion) => {
      const metric = metricOf(criterion, version);
      return metric !== undefined && metric.score !== null && !isFolded(metric);
    })
  );
}

/** Whether the version before would have told of it if it had been there. */
function isTold(finding: Seen, version: Version): boolean {
  return (
    !countsForNothing(finding, version) &&
    finding.criteria.some((criterion) => {
      const metric = metricOf(criterion, version);
      return metric !== undefined && !isFolded(metric);
    })
  );
}

/** Of what a version takes no account of, it tells of the faults alone. */
function countsForNothing({ symbol, always }: Seen, { path_scores }: Version): boolean {
  if (symbol === null || always) return false;
  return path_scores.some(({ metrics }) =>
    metrics.some(({ evidence }) =>
      evidence.some(
        ({ rule, description }) => rule === UNUSED && quotedName(description) === symbol,
      ),
    ),
  );
}

function isFolded({ evidence }: MetricScore): boolean {
  return evidence.some(({ rule }) => rule === FOLDED);
}

function metricOf(criterion: string, { path_scores }: Version): MetricScore | undefined {
  const [name, metric] = criterion.split('/');
  return path_scores.find(({ path }) => path === name)?.metrics.find((one) => one.name === metric);
}
