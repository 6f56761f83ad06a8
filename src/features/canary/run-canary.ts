/** What a worker does for a canary: it scores what was handed in under the draft, one after the other. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AssessmentInput } from '../../engine/contract.ts';
import type { EnginePool } from '../../engine/pool.ts';
import type { EngineResult } from '../../engine/result-schema.ts';
import type { ErrorCode } from '../../errors.ts';
import { readJson } from '../../json/parse-json.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import type { QueueDefinition } from '../../storage/queue/definition.ts';
import { findSubmission } from '../assessments/assessment-store.ts';
import { asJudged } from '../assessments/assessment-service.ts';
import { canaryQueue } from '../rubrics/canary-queue.ts';
import type { KnownRubric, Rubrics } from '../rubrics/rubric.ts';
import type { CanaryScores } from './canary.ts';
import { scoresJudged, scoresTold } from './canary-scores.ts';
import {
  adoptCanary,
  endCanary,
  findCanary,
  nextPending,
  storeScores,
  type Pending,
} from './canary-store.ts';

/** @returns ids of evidence that people overturned; null where they decided nothing about the submission */
type UpheldEvidence = (
  em: SqlEntityManager,
  submission: { origin: string; candidateId: string },
) => Promise<Set<string> | null>;

export function canaryDefinition(deps: {
  engine: Pick<EnginePool, 'run' | 'version'>;
  rubrics: Pick<Rubrics, 'byVersion'>;
  upheldEvidence: UpheldEvidence;
  em: (signal?: AbortSignal) => SqlEntityManager;
  now: () => Date;
}): QueueDefinition {
  const { engine, em } = deps;

  const rubricOf = async (version: string): Promise<KnownRubric> => {
    const known = await deps.rubrics.byVersion(em(), version);
    if (known === undefined) throw new Error(`There is no rubric ${version}.`);
    return known;
  };
  const judge = async (id: string, by: KnownRubric, signal: AbortSignal) => {
    const found = await findSubmission(em(signal), id, null);
    // Deleted meanwhile, and its row of the canary with it.
    if (found === undefined) return undefined;
    const input = asJudged(readJson(found.text) as AssessmentInput);
    const { result } = await engine.run({ input, motives: false, rubric: by.asked }, signal);
    return result;
  };
  const score = async (
    { id, origin, candidate_id: candidateId, result: text, weights }: Pending,
    { draft, current }: { draft: KnownRubric; current: KnownRubric },
    signal: AbortSignal,
  ): Promise<CanaryScores | undefined> => {
    const stored = readJson(text) as EngineResult;
    const isToday =
      stored.engine_version === engine.version &&
      stored.rubric_version === current.rubric.data.version;
    const before = isToday ? stored : await judge(id, current, signal);
    if (before === undefined) return undefined;
    const compared = {
      draft: draft.rubric,
      current: current.rubric,
      weights: weights ?? {},
      upheld: await deps.upheldEvidence(em(signal), { origin, candidateId }),
    };
    const told = scoresTold(before, compared);
    if (told !== null) return { ...told, method: isToday ? 'stored' : 'engine' };
    const after = await judge(id, draft, signal);
    if (after === undefined) return undefined;
    return { ...scoresJudged(before, after, compared), method: 'engine' };
  };
  return {
    ...canaryQueue,
    async work(job, signal) {
      const canary = await findCanary(em(signal), job.id);
      // Another one was begun, or the draft is deleted: there is nothing to do.
      if (canary === undefined) return;
      const { version, against } = canary;
      if (canary.engine !== engine.version) {
        const by = { version, job: job.id, engineVersion: engine.version };
        await inTransaction(em(signal), (tx) => adoptCanary(tx, by));
      }
      const rubrics = { draft: await rubricOf(version), current: await rubricOf(against) };
      for (;;) {
        signal.throwIfAborted();
        const pending = await nextPending(em(signal), version);
        if (pending === undefined) break;
        const scores = await score(pending, rubrics, signal);
        if (scores !== undefined) await storeScores(em(signal), version, pending.id, scores);
      }
      await inTransaction(em(signal), async (tx) => {
        await endCanary(tx, job.id, { at: deps.now(), problem: null });
        await job.complete(tx);
      });
    },
    async failed(tx, job, _error, isDead) {
      if (isDead) await endCanary(tx, job.id, { at: deps.now(), problem: DEAD });
    },
  };
}

const DEAD = {
  error_code: 'INTERNAL_ERROR' satisfies ErrorCode,
  detail: 'The canary failed again and again: its log lines say why.',
};
