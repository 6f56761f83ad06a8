/** Challenges and labels: what assessments are grouped by. */
import { z } from 'zod';
import { byCodePoint } from '../../engine/canonical-json.ts';
import { plainText } from '../../http/routing/schemas.ts';

const MOST_LABELS = 20;

/** PostgreSQL keeps no NUL. */
const isKept = (text: string) => !text.includes('\0');
const notKept = { error: 'has a NUL character' };

/** Of a submission; the empty name is none. */
export const challengeName = z.string().max(100).describe('Name of the task that was set');

/** In a query or a path. */
export const challengeQuery = z
  .string()
  .min(1)
  .max(100)
  .refine(isKept, notKept)
  .describe('Name of the task that was set, as it was submitted');

const label = plainText(50);

export const labelQuery = label.describe('Label that the assessment carries');

/** Of a submission. Each counts once, and they have no order. */
export const labels = z
  .array(label)
  .max(MOST_LABELS)
  .transform((list) => [...new Set(list)].sort(byCodePoint))
  .describe(
    `What lists are filtered by: a class, a year, a group. At most ${MOST_LABELS}, of 1 to 50 characters each; the judgement does not depend on them`,
  );

/** Of what is answered. */
export const storedChallenge = z
  .string()
  .nullable()
  .describe('Name of the task that was set; null when none was named');

export const storedLabels = z.array(z.string()).describe('Labels that it was given, in order');
