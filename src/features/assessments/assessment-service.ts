import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Transaction } from '../../storage/postgres/transaction.ts';
import type { Found } from '../../resilience/cache/cache.ts';
import { isFromCache } from '../../resilience/cache/cache-status.ts';
import type { AssessmentInput, StageTiming } from '../../engine/contract.ts';
import type { AssessmentResult } from './assessment.ts';
import type { AssessmentCache } from './assessment-cache.ts';
import { sharesOf } from './comparable.ts';
import { insertAssessment } from './assessment-store.ts';
import { insertSketch } from './similarity/sketch-store.ts';
import type { Outside } from '../../http/request/context.ts';
import { EngineBusyError, type EnginePool } from '../../engine/pool.ts';
import type { EngineTask } from '../../engine/worker.ts';
import type { Rubrics } from '../rubrics/rubric.ts';
import { findCause } from '../../errors.ts';
import { sizeClass, type SizeClass } from './submission-size.ts';

/** What the service tells of its work; metrics and traces listen. */
export interface AssessmentEvents {
  stages: (stages: StageTiming[], size: SizeClass) => void;
  /** There was no room for it. */
  refused: () => void;
  /** @param seconds from the start of the work to its end, storage included */
  finished: (
    outcome: 'completed' | 'failed' | 'cancelled',
    seconds: number,
    size: SizeClass,
    result?: AssessmentResult,
  ) => void;
}

type Progress = (percent: number) => void;

export interface AssessmentPolicy {
  /** Leave explanations and evidence texts out of every result. */
  explanations: boolean;
  /** Evaluate all requested paths, or only the first. */
  multiPath: boolean;
  motives: boolean;
}

export interface AssessmentService {
  /**
   * Assesses and stores; what it returns is stored, and no cache says otherwise. `judged` tells where the engine's
   * part came from.
   *
   * @param write opens the transaction, in which it calls `store` once
   * @param options.outside the engine is waited for in it
   * @param options.reassessmentOf the assessment whose submission it is
   * @param options.id of the assessment, where it is known before; default: a new one
   * @param options.progress is told what percentage of the engine's stages is over; of a cached result, nothing
   */
  assess: (
    input: AssessmentInput,
    signal: AbortSignal,
    write: (store: (tx: Transaction) => Promise<AssessmentResult>) => Promise<unknown>,
    options?: { outside?: Outside; id?: string; reassessmentOf?: string; progress?: Progress },
  ) => Promise<{ result: AssessmentResult; judged: Found<unknown> }>;
}

export function createAssessmentService(deps: {
  engine: EnginePool;
  cache: AssessmentCache;
  policy: AssessmentPolicy;
  rubrics: Pick<Rubrics, 'judging'>;
  /** A database session that ends with the signal. */
  em: (signal: AbortSignal) => SqlEntityManager;
  events: AssessmentEvents;
  newId: () => string;
  now: () => Date;
  monotonicMs: () => number;
}): AssessmentService {
  const { engine, cache, policy, rubrics, events } = deps;
  const { motives } = policy;
  const judge = (task: EngineTask, progress?: Progress) => async (signal: AbortSignal) => {
    const { input } = task;
    const { result, sketch, stages } = await engine.run(task, signal, progress);
    events.stages(stages, sizeClass(input.content));
    return { result, sketch };
  };
  return {
    async assess(requested, signal, write, options = {}) {
      const { outside = (wait) => wait(), id = `assess_${deps.newId()}`, progress } = options;
      const { reassessmentOf } = options;
      const startedAt = deps.monotonicMs();
      const seconds = () => (deps.monotonicMs() - startedAt) / 1000;
      const input = underPolicy(requested, policy);
      const size = sizeClass(input.content);
      try {
        const { rubric, asked } = await rubrics.judging(deps.em(signal), input.options);
        const question = asJudged(input);
        const by = { motives, rubricHash: rubric.hash };
        const task = { input: question, motives, rubric: asked };
        const judged = await outside(() =>
          cache.judged(question, by, judge(task, progress), signal),
        );
        if (judged.value === undefined) throw new Error('The engine gave no result.');
        const { sketch } = judged.value;
        const result: AssessmentResult = {
          assessment_id: id,
          candidate_id: input.candidate_id,
          submission_type: input.submission_type,
          challenge: input.options.challenge || null,
          labels: input.options.labels ?? [],
          weights: sharesOf(input, rubric.data.paths),
          ...(reassessmentOf === undefined ? {} : { reassessment_of: reassessmentOf }),
          timestamp: deps.now().toISOString(),
          ...judged.value.result,
          processing_time_ms: Math.round((deps.monotonicMs() - startedAt) * 100) / 100,
          metadata: { cached: isFromCache(judged) },
        };
        try {
          await write(async (tx) => {
            await insertAssessment(tx, input, result);
            await insertSketch(tx, result, sketch);
            return result;
          });
        } finally {
          // Also when it failed: the commit may have come through and its answer not.
          await cache.stored(result);
        }
        events.finished('completed', seconds(), size, result);
        return { result, judged };
      } catch (error) {
        if (findCause(error, EngineBusyError) !== undefined) events.refused();
        else events.finished(signal.aborted ? 'cancelled' : 'failed', seconds(), size);
        throw error;
      }
    },
  };
}

/**
 * Whose class it is does not change what it is worth, nor whether it is the same; nor does how the rubric was found
 * that judges it, which the engine is told beside it.
 */
export function asJudged({ options, ...input }: AssessmentInput): AssessmentInput {
  const { labels: _labels, rubric: _rubric, ...judgedBy } = options;
  return { ...input, options: judgedBy };
}

function underPolicy(input: AssessmentInput, policy: AssessmentPolicy): AssessmentInput {
  return {
    ...input,
    paths_to_evaluate: policy.multiPath
      ? input.paths_to_evaluate
      : input.paths_to_evaluate.slice(0, 1),
    options: policy.explanations
      ? input.options
      : { ...input.options, include_explanations: false },
  };
}
