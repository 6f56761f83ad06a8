/**
 * What is remembered of a candidate: notes in a tree. Whoever adds one has the candidate's memory to itself until its
 * transaction ends, so that no limit is passed by two at a time.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { AppError } from '../../errors.ts';
import { afterOf, toPage, type Page } from '../../http/routing/schemas.ts';
import { invalid } from '../../http/routing/validate.ts';
import { JsonText } from '../../json/json-text.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import { instant } from '../../time/instant.ts';
import { noSuchCandidate, shareCandidate } from './candidate-store.ts';
import { MOST_CHILDREN, MOST_DEPTH, MOST_NODES, type memoryNodeSchema } from './memory-schemas.ts';

type MemoryNode = z.output<typeof memoryNodeSchema>;
/** As it is kept: what was sent with it is nobody's to parse. */
export type StoredMemoryNode = Omit<MemoryNode, 'content'> & { content: JsonText };

interface Row {
  id: string;
  candidate_id: string;
  parent_id: string | null;
  depth: number;
  name: string;
  /** JSON text. */
  content: string;
  children: number;
  path: { node_id: string; name: string }[];
  created_at: string | Date;
  updated_at: string | Date;
}

const select = `select n.id, n.candidate_id, n.parent_id, n.depth, n.name, n.content::text as content,
    n.created_at, n.updated_at,
    (select count(*)::int from memory_nodes c where c.parent_id = n.id) as children,
    (with recursive up as (
       select n.id, n.name, n.parent_id, n.depth
       union all
       select p.id, p.name, p.parent_id, p.depth from memory_nodes p join up on p.id = up.parent_id)
     select json_agg(json_build_object('node_id', up.id, 'name', up.name) order by up.depth) from up) as path
  from memory_nodes n`;

function present(row: Row): StoredMemoryNode {
  return {
    node_id: row.id,
    candidate_id: row.candidate_id,
    parent_id: row.parent_id,
    depth: row.depth,
    path: row.path,
    name: row.name,
    content: new JsonText(row.content),
    children: row.children,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

export interface NewNode {
  id: string;
  candidateId: string;
  parentId: string | null;
  name: string;
  content: JsonText;
  at: Date;
}

/** @throws {AppError} NOT_FOUND; VALIDATION_ERROR where it cannot go; CONFLICT where there is no room for it */
export async function insertMemoryNode(tx: Transaction, node: NewNode): Promise<StoredMemoryNode> {
  const { id, candidateId, parentId, name, content, at } = node;
  if (!(await shareCandidate(tx, candidateId))) throw noSuchCandidate();
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `memory ${candidateId}`,
  ]);
  const [around] = await tx.execute<{ nodes: number; siblings: number; above: number | null }[]>(
    `select count(*)::int as nodes,
       count(*) filter (where parent_id is not distinct from ?)::int as siblings,
       max(depth) filter (where id = ?) as above
     from memory_nodes where candidate_id = ?`,
    [parentId, parentId, candidateId],
  );
  const depth = depthBelow(parentId, around?.above ?? null);
  checkRoom(around?.nodes ?? 0, around?.siblings ?? 0);
  await tx.execute(
    `insert into memory_nodes (id, candidate_id, parent_id, depth, name, content, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?::json, ?, ?)`,
    [id, candidateId, parentId, depth, name, content.text, at, at],
  );
  return getMemoryNode(tx, candidateId, id);
}

function depthBelow(parentId: string | null, above: number | null): number {
  if (parentId === null) return 1;
  if (above !== null && above < MOST_DEPTH) return above + 1;
  const message =
    above === null
      ? 'is no note of this candidate'
      : `is at depth ${MOST_DEPTH}, below which nothing goes`;
  throw invalid('The request body does not fit.', [
    { pointer: '/parent_id', message, code: 'custom' },
  ]);
}

function checkRoom(nodes: number, siblings: number): void {
  const help = { suggestion: 'Delete notes that are not needed any more, or change one.' };
  if (nodes >= MOST_NODES) {
    throw new AppError('CONFLICT', `A candidate has at most ${MOST_NODES} notes.`, { help });
  }
  if (siblings >= MOST_CHILDREN) {
    throw new AppError('CONFLICT', `At most ${MOST_CHILDREN} notes go in one place.`, { help });
  }
}

/** @throws {AppError} NOT_FOUND also for a note of another candidate */
export async function getMemoryNode(
  em: SqlEntityManager,
  candidateId: string,
  id: string,
): Promise<StoredMemoryNode> {
  const sql = `${select} where n.candidate_id = ? and n.id = ?`;
  const [row] = await em.execute<Row[]>(sql, [candidateId, id]);
  if (row === undefined) throw noSuchNode();
  return present(row);
}

/** Until the transaction ends nobody else changes it. */
export async function lockMemoryNode(
  tx: Transaction,
  candidateId: string,
  id: string,
): Promise<StoredMemoryNode> {
  const sql = 'select from memory_nodes where candidate_id = ? and id = ? for update';
  await tx.execute(sql, [candidateId, id]);
  return getMemoryNode(tx, candidateId, id);
}

/** Oldest first, so that a note comes after the one above it. */
export async function listMemoryNodes(
  em: SqlEntityManager,
  candidateId: string,
  query: { limit: number; cursor?: string | undefined; parent_id?: string | undefined },
): Promise<Page<StoredMemoryNode>> {
  const { limit, cursor, parent_id: parentId } = query;
  const list = ['memory', candidateId, parentId];
  const below = parentId === undefined ? '' : 'and n.parent_id = ?';
  const rows = await em.execute<Row[]>(
    `${select} where n.candidate_id = ? ${below} and n.id > ? order by n.id limit ?`,
    [candidateId, parentId, afterOf(cursor, list) ?? '', limit + 1].filter(
      (parameter) => parameter !== undefined,
    ),
  );
  return toPage(rows, { limit, list }, ({ id }) => id, present);
}

/** The oldest one after `after`. */
export async function nextMemoryNode(
  em: SqlEntityManager,
  candidateId: string,
  after: string,
): Promise<StoredMemoryNode | undefined> {
  const sql = `${select} where n.candidate_id = ? and n.id > ? order by n.id limit 1`;
  const [row] = await em.execute<Row[]>(sql, [candidateId, after]);
  return row && present(row);
}

/** Of a node that is locked. @param change what is undefined stays */
export async function updateMemoryNode(
  tx: Transaction,
  id: string,
  change: { name: string | undefined; content: JsonText | undefined; at: Date },
): Promise<void> {
  await tx.execute(
    `update memory_nodes set name = coalesce(?, name), content = coalesce(?::json, content), updated_at = ?
     where id = ?`,
    [change.name ?? null, change.content?.text ?? null, change.at, id],
  );
}

/** With everything below it. @returns their ids */
export async function deleteMemoryNode(tx: Transaction, id: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    `with recursive below as (
       select id from memory_nodes where id = ?
       union all
       select c.id from memory_nodes c join below on c.parent_id = below.id)
     delete from memory_nodes where id in (select id from below) returning id`,
    [id],
  );
  return rows.map((row) => row.id);
}

export async function memorySummary(
  em: SqlEntityManager,
  candidateId: string,
): Promise<{ nodes: number; depth: number; updated_at: string | null }> {
  const [row] = await em.execute<{ nodes: number; depth: number; at: string | Date | null }[]>(
    `select count(*)::int as nodes, coalesce(max(depth), 0)::int as depth, max(updated_at) as at
     from memory_nodes where candidate_id = ?`,
    [candidateId],
  );
  const { nodes = 0, depth = 0, at = null } = row ?? {};
  return { nodes, depth, updated_at: instant(at) };
}

function noSuchNode(): AppError {
  return new AppError('NOT_FOUND', 'No note of this candidate has this id.');
}
