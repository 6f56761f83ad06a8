import { z } from 'zod';
import { pageQuery, plainText } from '../../http/routing/schemas.ts';
import { candidateId } from './candidate-schemas.ts';

/** Levels of the tree; the table holds it, too. */
export const MOST_DEPTH = 5;
/** Of one candidate. */
export const MOST_NODES = 1000;
/** Of one node, and on top of the tree. */
export const MOST_CHILDREN = 100;

export const sentContent = { member: 'content', bytes: 16_384, rule: 'must be at most 16 KB' };

/** In documentation. */
const EXAMPLE_ID = 'node_0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';

export const memoryNodeId = z
  .string()
  .regex(/^node_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .meta({
    id: 'MemoryNodeId',
    description: 'Identity of a note: `node_` and a UUIDv7',
    examples: [EXAMPLE_ID],
  });

export const memoryNodeParams = z.object({ id: candidateId, node: memoryNodeId });

export const memoryQuery = pageQuery.extend({
  parent_id: memoryNodeId.optional().describe('Only the notes right below this one'),
});

const name = plainText(200).describe('What the note is about');

const content = z
  .record(z.string().max(200), z.unknown())
  .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= sentContent.bytes, sentContent.rule);

export const newMemoryNode = z
  .strictObject({
    name,
    parent_id: memoryNodeId
      .nullable()
      .optional()
      .describe('The note that it goes below; without it, it is on top'),
    content: content.default({}).describe('The note itself, at most 16 KB.'),
  })
  .meta({ id: 'NewMemoryNode', description: 'A note to keep.' });

export const memoryNodeChange = z
  .strictObject({
    name: name.optional(),
    content: content
      .nullable()
      .optional()
      .describe('Instead of what the note holds, at most 16 KB; null empties it'),
  })
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'MemoryNodeChange', description: 'What is to be changed of a note.' });

export const memoryNodeSchema = z
  .object({
    node_id: memoryNodeId,
    candidate_id: candidateId,
    parent_id: memoryNodeId.nullable().describe('The note above it; null on top'),
    depth: z.int().describe(`1 on top, at most ${MOST_DEPTH}`),
    path: z
      .array(z.object({ node_id: memoryNodeId, name: z.string().describe('What it is about') }))
      .describe('From the top down to the note itself'),
    name: z.string().describe('What the note is about'),
    content: z.record(z.string(), z.unknown()).describe('As it was given'),
    children: z.int().describe('Notes right below it'),
    created_at: z.iso.datetime().describe('When it was made'),
    updated_at: z.iso.datetime().describe('When it was last changed'),
  })
  .meta({ id: 'MemoryNode', description: 'A note in what is remembered of a candidate.' });
