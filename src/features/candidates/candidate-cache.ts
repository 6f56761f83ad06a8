/**
 * What is cached of a person, and when it ends. Every entry that holds something of a candidate whose id is
 * known when it is asked for carries the candidate's tag. Where it is not known (an assessment by its id), an
 * erasure ends the entry by its key. Both tiers are empty of the person before an erasure is answered.
 */
import { entityTag, taggedSchema, type Tagged } from '../../http/routing/etag.ts';
import type { Cache, Found } from '../../resilience/cache/cache.ts';
import type { Copies } from '../../resilience/cache/erasures.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { CandidateStats, StatsFilter } from './candidate.ts';

/** Statistics of a person whose database is down are better old than none. */
const STALE_SECONDS = 3600;
const NEGATIVE_SECONDS = 5;

export function candidateTag(id: string): string {
  return `candidate:${id}`;
}

/** Of what changes with every assessment of the candidate. */
export function statsTag(id: string): string {
  return `candidate_stats:${id}`;
}

/**
 * What cached copies of the person are known by, before it is erased.
 *
 * @param personalData of everybody who stores something of it
 */
export async function copiesOf(
  tx: Transaction,
  id: string,
  personalData: readonly PersonalData[],
): Promise<Copies> {
  const keys: string[] = [];
  const tags = new Set([candidateTag(id)]);
  for (const { copies } of personalData) {
    const known = (await copies?.(tx, id)) ?? {};
    keys.push(...(known.keys ?? []));
    for (const tag of known.tags ?? []) tags.add(tag);
  }
  return { keys, tags: [...tags] };
}

export interface CandidateCache {
  /** @param load undefined when there is no such candidate @returns as it is answered */
  stats: (
    id: string,
    filter: StatsFilter,
    load: (signal: AbortSignal) => Promise<CandidateStats | undefined>,
    signal: AbortSignal,
  ) => Promise<Found<Tagged>>;
  /** After a commit: the candidate is new, or has other assessments. */
  changed: (id: string) => Promise<void>;
}

export function createCandidateCache(deps: { cache: Cache; ttlSeconds: number }): CandidateCache {
  const { cache, ttlSeconds } = deps;
  const stats = cache.define<Tagged>({
    name: 'candidate_stats',
    version: 3,
    schema: taggedSchema,
    ttlSeconds,
    staleIfErrorSeconds: STALE_SECONDS,
    negativeTtlSeconds: NEGATIVE_SECONDS,
  });
  return {
    stats(id, { from, to, path }, load, signal) {
      const tags = [candidateTag(id), statsTag(id)];
      const tagged = async (abort: AbortSignal) => {
        const found = await load(abort);
        return found === undefined ? undefined : entityTag(JSON.stringify(found));
      };
      return stats.get([id, from, to, path], tagged, { tags, signal });
    },
    async changed(id) {
      await cache.invalidate({ tags: [statsTag(id)] });
    },
  };
}
