import { z } from 'zod';

export const receiptSchema = z
  .object({
    receipt_id: z
      .string()
      .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      .describe('Identity of the receipt, a UUID'),
    candidate: z
      .string()
      .regex(/^[\w-]{22}$/)
      .describe('Who was erased: the handle of the candidate_id in logs, which names nobody'),
    erased_at: z.iso.datetime().describe('When'),
    erased: z
      .record(z.string().max(100), z.int().min(0))
      .describe('How many of each kind were removed'),
  })
  .meta({ id: 'ErasureReceipt', description: 'What an erasure has removed.' });

/** What is kept of an erasure, and a line of an exported file. */
export const tombstoneSchema = receiptSchema.extend({
  reason: z.enum(['request', 'retention']),
  request_id: z.string().max(128).nullable(),
});

export type Receipt = z.output<typeof receiptSchema>;
export type Tombstone = z.output<typeof tombstoneSchema>;
