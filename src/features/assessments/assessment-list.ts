/**
 * Lists of assessments. Each order has an index that begins with what the list is filtered by and ends with what it
 * is ordered by, so that a page costs the same wherever it lies and however many there are: by challenge, by label
 * and over all, by time and by score. What else is asked for is filtered on the way.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { rankOf, type Caller } from '../../http/request/caller.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import type { AssessmentSummary } from '../candidates/candidate.ts';
import type { AssessmentListQuery } from './assessment-schemas.ts';
import { rubricOf, sharesIn } from './comparable.ts';
import { positionOf, positionText, type Position } from './cursor-position.ts';
import { sameInput, type Sql } from './statements.ts';

export type ListQuery = Partial<AssessmentListQuery> & { limit: number };

/** Who asks. */
export interface Reader {
  /** The only person whose are seen; null: everybody's. */
  within: string | null;
  /** Whether it is told who handed in the same. */
  reviews: boolean;
}

/** Who may judge is told who handed in the same as others; of a candidate nothing is told to another. */
export function readerOf({ role, candidateId }: Caller): Reader {
  return { within: candidateId, reviews: rankOf(role) >= rankOf('assessor') };
}

interface SummaryRow {
  id: string;
  candidate_id: string;
  display_name: string | null;
  submission_type: string;
  challenge: string | null;
  labels: string[];
  created_at: string | Date;
  overall_score: number | null;
  input_sha256: string;
  ruler: string | null;
  weights: string | null;
  path_scores: { path: string; overall_score: number | null; confidence: number }[];
  same_input?: number | null;
  /** What the list is ordered by. */
  key: string | Date | number | null;
}

/** Newest first unless `sort` says otherwise; what has no score comes last. With `path` its scores are the scores. */
export async function listAssessments(
  em: SqlEntityManager,
  query: ListQuery,
  reader: Reader,
): Promise<Page<AssessmentSummary>> {
  const { limit, cursor, ...filters } = query;
  const list = ['assessments', { ...filters, sort: query.sort ?? '-timestamp' }];
  const after = positionOf(afterOf(cursor, list), ID);
  const rows: SummaryRow[] = [];
  for (const segment of segmentsOf(query, after)) {
    const left = limit + 1 - rows.length;
    if (left <= 0) break;
    const [text, ...parameters] = listStatement({ ...query, limit: left }, reader, segment, after);
    rows.push(...(await em.execute<SummaryRow[]>(text, parameters)));
  }
  return toPage(rows, { limit, list }, positionAt, present);
}

/** Those with a score, and then those without: two ranges of the same index. */
export type Segment = 'valued' | 'null';

function segmentsOf({ sort, min_score, max_score }: ListQuery, after?: Position): Segment[] {
  if (!byScore(sort) || min_score !== undefined || max_score !== undefined) return ['valued'];
  return after?.key === null ? ['null'] : ['valued', 'null'];
}

const byScore = (sort: AssessmentListQuery['sort'] | undefined) =>
  sort === 'score' || sort === '-score';

/** @param segment of the order by score */
export function listStatement(
  query: ListQuery,
  reader: Reader,
  segment: Segment,
  after?: Position,
): Sql {
  const { sort = '-timestamp', limit } = query;
  const { key, id, time, score } = columnsOf(query);
  const order = sort.startsWith('-') ? 'desc' : 'asc';
  const conditions = [
    ...filtersOf(query, reader, time, score),
    ...positionConditions(query, { key, id }, segment, after),
  ];
  const joins = joinsOf(query);
  const text = `select a.id, a.candidate_id, a.submission_type, a.challenge, a.created_at, a.overall_score,
       a.input_sha256, a.ruler, a.weights, ${key} as key,
       (select c.display_name from candidates c where c.id = a.candidate_id) as display_name,
       (select coalesce(json_agg(t.label order by t.label), '[]'::json)
          from assessment_labels t where t.assessment_id = a.id) as labels,
       (select coalesce(json_agg(json_build_object('path', s.path, 'overall_score', s.score, 'confidence', s.confidence) order by s.path), '[]'::json)
          from assessment_path_scores s where s.assessment_id = a.id) as path_scores
       ${reader.reviews ? `, ${sameInChallenge}` : ''}
     from assessments a ${joins.map(([sql]) => sql).join(' ')}
     ${conditions.length === 0 ? '' : `where ${conditions.map(([sql]) => sql).join(' and ')}`}
     order by ${key} ${order}, ${id} ${order}
     limit ?`;
  return [text, ...[...joins, ...conditions].flatMap(([, ...parameters]) => parameters), limit];
}

const sameInChallenge = `case when a.challenge is not null then ${sameInput('a.challenge', 'a')} end as same_input`;

/** Where what the list is ordered by stands: in the table with the index for its filters. */
function columnsOf(query: ListQuery) {
  const labelled = query.label !== undefined;
  const time = labelled ? 'l.created_at' : 'a.created_at';
  if (query.path !== undefined) {
    const ordered = byScore(query.sort);
    return {
      key: ordered ? 'p.score' : time,
      id: ordered ? 'p.assessment_id' : idOf(labelled),
      time,
      score: 'p.score',
    };
  }
  const score = labelled ? 'l.score' : 'a.overall_score';
  return { key: byScore(query.sort) ? score : time, id: idOf(labelled), time, score };
}

const idOf = (labelled: boolean) => (labelled ? 'l.assessment_id' : 'a.id');

function joinsOf({ label, path }: ListQuery): Sql[] {
  const joins: Sql[] = [];
  if (label !== undefined) {
    joins.push(['join assessment_labels l on l.assessment_id = a.id and l.label = ?', label]);
  }
  if (path !== undefined) {
    joins.push(['join assessment_path_scores p on p.assessment_id = a.id and p.path = ?', path]);
  }
  return joins;
}

function filtersOf(query: ListQuery, { within }: Reader, time: string, score: string): Sql[] {
  const list: Sql[] = [];
  const { candidate_id, challenge, path, sort, min_score, max_score, from, to } = query;
  if (within !== null) list.push(['a.candidate_id = ?', within]);
  if (candidate_id !== undefined) list.push(['a.candidate_id = ?', candidate_id]);
  if (challenge !== undefined) {
    const table = path !== undefined && byScore(sort) ? 'p' : 'a';
    list.push([`${table}.challenge = ?`, challenge]);
  }
  if (min_score !== undefined) list.push([`${score} >= ?`, min_score]);
  if (max_score !== undefined) list.push([`${score} <= ?`, max_score]);
  if (from !== undefined) list.push([`${time} >= ?`, from]);
  if (to !== undefined) list.push([`${time} <= ?`, to]);
  return list;
}

function positionConditions(
  { sort = '-timestamp' }: ListQuery,
  { key, id }: { key: string; id: string },
  segment: Segment,
  after?: Position,
): Sql[] {
  const beyond = sort.startsWith('-') ? '<' : '>';
  if (segment === 'null') {
    const nulls: Sql = [`${key} is null`];
    return after?.key === null ? [nulls, [`${id} ${beyond} ?`, after.id]] : [nulls];
  }
  const valued: Sql[] = byScore(sort) ? [[`${key} is not null`]] : [];
  if (after === undefined || after.key === null) return valued;
  if (byScore(sort)) return [[`(${key}, ${id}) ${beyond} (?::float8, ?)`, after.key, after.id]];
  return [[`(${key}, ${id}) ${beyond} (?, ?)`, new Date(after.key), after.id]];
}

const ID = /^assess_[0-9a-f-]{36}$/;

function positionAt({ key, id }: SummaryRow): string {
  const isTime = key !== null && typeof key !== 'number';
  return positionText({ key: isTime ? new Date(key).getTime() : key, id });
}

function present(row: SummaryRow): AssessmentSummary {
  return {
    assessment_id: row.id,
    candidate_id: row.candidate_id,
    display_name: row.display_name,
    submission_type: row.submission_type,
    challenge: row.challenge,
    labels: row.labels,
    timestamp: new Date(row.created_at).toISOString(),
    overall_score: row.overall_score,
    path_scores: row.path_scores,
    weights: sharesIn(row.weights),
    rubric_version: rubricOf(row.ruler),
    input_sha256: row.input_sha256,
    ...(row.same_input === undefined ? {} : { same_input: row.same_input }),
  };
}
