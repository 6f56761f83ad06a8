import { z } from 'zod';
import { pageQuery } from '../../../http/routing/schemas.ts';
import { candidateId } from '../../candidates/candidate-schemas.ts';
import { assessmentId } from '../assessment-schemas.ts';
import { storedChallenge } from '../cohort-schemas.ts';
import { MOST_CANDIDATES } from './sketch-store.ts';

/**
 * From here on two submissions are worth a look, in points of 100. Of pairs of students who solved the same task by
 * themselves one in a thousand comes that far; of pairs of programs that were obfuscated from one, every second.
 */
export const WORTH_A_LOOK = 10;
/** Fingerprints below which likeness may be chance. */
export const FEWEST = 8;

export const similarQuery = pageQuery.pick({ limit: true });

export const pairParams = z.object({
  id: assessmentId,
  other: assessmentId.describe('The assessment to compare it with'),
});

const similar = z
  .object({
    assessment_id: assessmentId,
    candidate_id: candidateId,
    display_name: z.string().nullable().describe('How the candidate is called; null: by no name'),
    timestamp: z.iso.datetime().describe('When it was handed in'),
    similarity: z
      .number()
      .min(0)
      .max(100)
      .describe('What both have, of all that either has; 100 for the same code'),
    contained: z
      .number()
      .min(0)
      .max(100)
      .describe('How much of the submission that was asked about is in this one'),
    worth_a_look: z
      .boolean()
      .describe(`Whether the similarity is ${WORTH_A_LOOK} or more, on enough code to tell`),
  })
  .meta({
    id: 'SimilarSubmission',
    description: 'A submission of somebody else to the same challenge.',
  });

const reasons = ['no_challenge_or_too_old', 'no_code', 'nobody_else'] as const;

export const similarSchema = z
  .object({
    assessment_id: assessmentId,
    challenge: storedChallenge,
    status: z.enum(['compared', 'not_compared']).describe('Whether there was something to compare'),
    reason: z
      .enum(reasons)
      .nullable()
      .describe(
        'Why not: it names no challenge (or is from before submissions were compared), has no code, or is the only one',
      ),
    candidates: z
      .int()
      .describe(
        `Candidates with a submission to the challenge, this one included; ${MOST_CANDIDATES} stands for so many or more`,
      ),
    items: z.array(similar).describe('Most similar first, one submission of each other candidate'),
  })
  .meta({
    id: 'SimilarSubmissions',
    description:
      'What others have handed in for the same challenge. It says nothing of how that came about.',
  });
export type SimilarSubmissions = z.output<typeof similarSchema>;

const line = z.int().describe('Line, from 1; the last one inclusive');
const passage = z
  .object({
    file: z.string().describe('Path in the submission that was asked about'),
    start_line: line,
    end_line: line,
    text: z.string().describe('Its lines, at most 60'),
    other_file: z.string().describe('Path in the other one'),
    other_start_line: line,
    other_end_line: line,
    other_text: z.string().describe('Its lines, at most 60'),
    fingerprints: z.int().describe('How much: fingerprints that both have here'),
  })
  .meta({ id: 'SharedPassage', description: 'Where two submissions have the same shape.' });

export const pairSchema = z
  .object({
    assessment_id: assessmentId,
    other_assessment_id: assessmentId,
    passages: z.array(passage).max(100).describe('The longest first'),
  })
  .meta({ id: 'SubmissionPair', description: 'Two submissions side by side.' });
export type SubmissionPair = z.output<typeof pairSchema>;
