/**
 * What is cached of assessments.
 *
 * The engine's part by content: everything the engine is asked, so that the same submission is judged once,
 * and whose it is. It quotes the submission: it ends with that person's data (or when one of his
 * assessments is deleted), and nobody can tell from the answer that somebody else handed in the same.
 * Assessments by id: the very text that is answered, with its entity tag.
 */
import { z } from 'zod';
import { entityTag, taggedSchema, type Tagged } from '../../http/routing/etag.ts';
import type { Cache, Found } from '../../resilience/cache/cache.ts';
import type { Copies } from '../../resilience/cache/erasures.ts';
import { idOf } from '../../resilience/cache/key.ts';
import { candidateTag, statsTag } from '../candidates/candidate-cache.ts';
import type { AssessmentInput } from '../../engine/contract.ts';
import type { Judged } from '../../engine/assess.ts';
import { engineResultSchema } from '../../engine/result-schema.ts';
import type { AssessmentResult } from './assessment.ts';
import type { StoredResult } from './assessment-store.ts';

/** A stored assessment never changes; it may be read from here while the database is down. */
const STALE_SECONDS = 3600;
const NEGATIVE_SECONDS = 5;

const RESULTS = { name: 'assessment_results', version: 3 };
/** Of all cached results. */
export const PERSONAL = 'personal';

/** By which a cached result is known. */
export const resultKey = (id: string): string => idOf(RESULTS, [id]) ?? '';

const judgedSchema = z.strictObject({
  result: engineResultSchema,
  sketch: z.strictObject({ level: z.int(), hashes: z.array(z.int()) }),
});

export interface AssessmentCache {
  /**
   * @param by what the answer depends on besides: whether the engine is asked for motives, and the hash of the rubric
   *   that it judges by
   */
  judged: (
    input: AssessmentInput,
    by: { motives: boolean; rubricHash: string },
    judge: (signal: AbortSignal) => Promise<Judged>,
    signal: AbortSignal,
  ) => Promise<Found<Judged>>;
  /** @param load undefined when there is no such assessment */
  result: (
    id: string,
    load: (signal: AbortSignal) => Promise<StoredResult | undefined>,
    signal: AbortSignal,
  ) => Promise<Found<Tagged>>;
  /** After a commit. */
  stored: (result: Pick<AssessmentResult, 'assessment_id' | 'candidate_id'>) => Promise<void>;
  /** What cached copies of the assessment, or of its submission, are known by. @param candidateId whose it was */
  copiesOf: (id: string, candidateId: string) => Copies;
}

export function createAssessmentCache(deps: {
  cache: Cache;
  ttlSeconds: number;
  /** Of `engineFingerprint`. */
  fingerprint: string;
  /** Longest that the engine may work. */
  timeoutMs: number;
}): AssessmentCache {
  const { cache, ttlSeconds, fingerprint } = deps;
  const engine = cache.define<Judged>({
    name: 'engine_results',
    version: 2,
    schema: judgedSchema,
    ttlSeconds,
    loadTimeoutMs: deps.timeoutMs,
  });
  const results = cache.define<Tagged>({
    ...RESULTS,
    schema: taggedSchema,
    ttlSeconds,
    staleIfErrorSeconds: STALE_SECONDS,
    negativeTtlSeconds: NEGATIVE_SECONDS,
  });

  return {
    judged({ candidate_id: candidateId, ...question }, { motives, rubricHash }, judge, signal) {
      const tags = [candidateTag(candidateId)];
      const key = [fingerprint, rubricHash, motives, candidateId, question];
      return engine.get(key, judge, { tags, signal });
    },
    result(id, load, signal) {
      const tagged = async (abort: AbortSignal) => {
        const result = await load(abort);
        return result === undefined ? undefined : entityTag(result.text);
      };
      return results.get([id], tagged, { tags: [PERSONAL], signal });
    },
    async stored({ assessment_id: id, candidate_id: candidateId }) {
      await cache.invalidate({ keys: [resultKey(id)], tags: [statsTag(candidateId)] });
    },
    copiesOf: (id, candidateId) => ({
      keys: [resultKey(id)],
      tags: [candidateTag(candidateId)],
    }),
  };
}
