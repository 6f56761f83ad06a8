/** What is remembered of a candidate: notes in a tree, by who assesses, for who reads. */
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import { eraseKeptAnswersOf } from '../../http/kept-answers.ts';
import type { RequestContext } from '../../http/request/context.ts';
import {
  changed,
  checkPreconditions,
  conditional,
  entityTag,
  etagHeader,
  preconditioned,
  withEtag,
  type Tagged,
} from '../../http/routing/etag.ts';
import { location, route, type Route } from '../../http/routing/route.ts';
import { pageSchema } from '../../http/routing/schemas.ts';
import { writeJson } from '../../json/json-text.ts';
import { inTransaction, type Transaction } from '../../storage/postgres/transaction.ts';
import { candidateParams } from './candidate-schemas.ts';
import { candidateExists, noSuchCandidate } from './candidate-store.ts';
import {
  memoryNodeChange,
  memoryNodeParams,
  memoryNodeSchema,
  memoryQuery,
  MOST_CHILDREN,
  MOST_DEPTH,
  MOST_NODES,
  newMemoryNode,
  sentContent,
} from './memory-schemas.ts';
import {
  deleteMemoryNode,
  getMemoryNode,
  insertMemoryNode,
  listMemoryNodes,
  lockMemoryNode,
  updateMemoryNode,
  type StoredMemoryNode,
} from './memory-store.ts';
import { sentWith } from './sent-object.ts';

const tag = {
  name: 'Memory',
  description: `What is remembered of a candidate beside the assessments: notes of at most 16 KB in a tree of at most ${MOST_DEPTH} levels, ${MOST_NODES} of a candidate and ${MOST_CHILDREN} in one place.`,
};

export interface MemoryRouteDeps {
  once: Once;
  now: () => Date;
  /** UUIDv7: notes are listed in its order. */
  newId: () => string;
  /** Writes the end of notes into the audit log. */
  recordErasure: (
    tx: Transaction,
    ctx: RequestContext,
    erased: { candidateId: string; nodes: number },
  ) => Promise<void>;
}

export function memoryRoutes(deps: MemoryRouteDeps): Route[] {
  const facts = { tag, reply: 'json', names: 'candidate' } as const;
  return [
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/candidates/:id/memory',
      operationId: 'listMemory',
      summary: 'List what is remembered of a candidate',
      description:
        'Oldest first, each with its path from the top; `parent_id` lists what is right below a note.',
      access: 'candidate',
      body: 'none',
      params: candidateParams,
      query: memoryQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(memoryNodeSchema, 'MemoryPage') },
      },
      errors: ['NOT_FOUND'],
      async handle({ params: { id }, query, ctx }) {
        checkSeen(ctx, id);
        const { em } = ctx.state;
        if (!(await candidateExists(em, id))) throw noSuchCandidate();
        return { status: 200, body: writeJson(await listMemoryNodes(em, id, query)) };
      },
    }),
    addRoute(deps),
    route({
      ...facts,
      method: 'get',
      path: '/api/v1/candidates/:id/memory/nodes/:node',
      operationId: 'getMemoryNode',
      summary: 'Get a note',
      description: 'With its path from the top.',
      access: 'candidate',
      body: 'none',
      behaviours: [conditional],
      params: memoryNodeParams,
      responses: { 200: { description: 'The note', schema: memoryNodeSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id, node }, ctx }) {
        checkSeen(ctx, id);
        return withEtag(ctx, tagged(await getMemoryNode(ctx.state.em, id, node)));
      },
    }),
    route({
      ...facts,
      method: 'patch',
      path: '/api/v1/candidates/:id/memory/nodes/:node',
      operationId: 'changeMemoryNode',
      summary: 'Change a note',
      description: 'What is not sent stays; `content` is replaced as a whole.',
      access: 'assessor',
      body: {
        json: memoryNodeChange,
        examples: { content: { summary: 'Another text', value: { content: { text: 'Done.' } } } },
      },
      behaviours: [preconditioned],
      params: memoryNodeParams,
      responses: {
        200: {
          description: 'The note as it is now',
          schema: memoryNodeSchema,
          headers: etagHeader,
        },
      },
      errors: ['NOT_FOUND'],
      async handle({ params: { id, node }, body, ctx }) {
        const content = body.content === undefined ? undefined : sentWith(ctx, sentContent);
        const note = await inTransaction(ctx.state.em, async (tx) => {
          checkPreconditions(ctx, tagged(await lockMemoryNode(tx, id, node)).etag);
          await updateMemoryNode(tx, node, { name: body.name, content, at: deps.now() });
          return tagged(await getMemoryNode(tx, id, node));
        });
        return changed(note);
      },
    }),
    route({
      ...facts,
      method: 'delete',
      path: '/api/v1/candidates/:id/memory/nodes/:node',
      operationId: 'deleteMemoryNode',
      summary: 'Delete a note',
      description: 'With everything below it, and the answers kept under idempotency keys.',
      access: 'admin',
      body: 'none',
      behaviours: [preconditioned],
      params: memoryNodeParams,
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND'],
      async handle({ params: { id, node }, ctx }) {
        await inTransaction(ctx.state.em, async (tx) => {
          checkPreconditions(ctx, tagged(await lockMemoryNode(tx, id, node)).etag);
          const gone = await deleteMemoryNode(tx, node);
          await eraseKeptAnswersOf(tx, ...gone.map((each) => locationOf(id, each)));
          await deps.recordErasure(tx, ctx, { candidateId: id, nodes: gone.length });
        });
        return { status: 204 };
      },
    }),
  ];
}

function addRoute({ once, now, newId }: MemoryRouteDeps): Route {
  return route({
    method: 'post',
    path: '/api/v1/candidates/:id/memory/nodes',
    operationId: 'createMemoryNode',
    summary: 'Keep a note',
    description: `Below another one, or on top. 409 when there is no room: a candidate has at most ${MOST_NODES} notes, and at most ${MOST_CHILDREN} go in one place.`,
    tag,
    access: 'assessor',
    body: {
      json: newMemoryNode,
      examples: {
        top: {
          summary: 'On top',
          value: { name: 'Interview', content: { text: 'Explains each step before taking it.' } },
        },
      },
    },
    reply: 'json',
    behaviours: [idempotent],
    params: candidateParams,
    names: 'candidate',
    responses: {
      201: {
        description: 'The stored note',
        schema: memoryNodeSchema,
        headers: location(
          '/api/v1/candidates/candidate_42/memory/nodes/node_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00',
        ),
      },
    },
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle({ params, body, ctx }) {
      const candidateId = params.id;
      const content = sentWith(ctx, sentContent);
      return once(ctx, candidateId, (write) =>
        write(async (tx) => {
          const { name, parent_id: parentId = null } = body;
          const id = `node_${newId()}`;
          const node = { id, candidateId, parentId, name, content, at: now() };
          return {
            status: 201,
            body: writeJson(await insertMemoryNode(tx, node)),
            headers: { Location: locationOf(candidateId, id) },
          };
        }),
      );
    },
  });
}

/** To a candidate others do not exist. @throws {AppError} NOT_FOUND */
function checkSeen({ state }: RequestContext, id: string): void {
  const { candidateId } = state.caller;
  if (candidateId !== null && candidateId !== id) throw noSuchCandidate();
}

function tagged(node: StoredMemoryNode): Tagged {
  return entityTag(writeJson(node));
}

function locationOf(candidateId: string, id: string): string {
  return `/api/v1/candidates/${candidateId}/memory/nodes/${id}`;
}
