/**
 * Whether the engine still judges as it was released: golden submissions, judged again every few minutes by the
 * threads that judge everybody's. Another rubric file, another grammar or another runtime than the tested one shows here
 * before a candidate finds it.
 */
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import {
  goldenDigest,
  goldenInput,
  type GoldenDigest,
  type GoldenSubmission,
} from '../../engine/golden.ts';
import { EngineBusyError, type EnginePool } from '../../engine/pool.ts';
import { createRounds } from '../../storage/rounds.ts';

/** Milliseconds for one of them; it may have to wait for a thread. */
const DEADLINE_MS = 30_000;

type GoldenOutcome = 'same' | 'changed' | 'failed' | 'skipped';

export interface GoldenEvents {
  checked: (outcome: GoldenOutcome) => void;
  scored: (submission: string, scores: GoldenDigest['scores']) => void;
}

export interface GoldenChecks {
  start: () => void;
  /** Submissions whose result was another at their last check; undefined before the first. */
  changed: () => number | undefined;
  /** Resolves when none runs any more. */
  close: () => Promise<void>;
}

export function createGoldenChecks(deps: {
  engine: Pick<EnginePool, 'run' | 'waiting'>;
  submissions: readonly GoldenSubmission[];
  intervalMs: number;
  events: GoldenEvents;
  /** @returns cancels */
  after: (ms: number, run: () => void) => () => void;
  log: Logger;
}): GoldenChecks {
  const { engine, submissions, intervalMs, events, log } = deps;
  const last = new Map<string, GoldenOutcome>();
  const closed = new AbortController();

  const check = async ({ name, content, expected }: GoldenSubmission): Promise<GoldenOutcome> => {
    // Whoever waits for a result goes first.
    if (engine.waiting > 0) return 'skipped';
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(DEADLINE_MS)]);
    try {
      const { result } = await engine.run({ input: goldenInput(content), motives: true }, signal);
      const found = goldenDigest(result);
      events.scored(name, found.scores);
      if (found.sha256 === expected.sha256) return 'same';
      log.error('The engine judges a golden submission otherwise than it was released to', {
        [attr.eventName]: 'engine.golden_changed',
        submission: name,
        engine_version: result.engine_version,
        rubric_version: result.rubric_version,
        expected: expected.scores,
        found: found.scores,
      });
      return 'changed';
    } catch (error) {
      if (closed.signal.aborted || error instanceof EngineBusyError) return 'skipped';
      log.error('A golden submission could not be judged', {
        [attr.eventName]: 'engine.golden_failed',
        submission: name,
        error,
      });
      return 'failed';
    }
  };
  const round = async (): Promise<number> => {
    for (const submission of submissions) {
      if (rounds.isClosed()) break;
      const outcome = await check(submission);
      events.checked(outcome);
      if (outcome === 'same' || outcome === 'changed') last.set(submission.name, outcome);
    }
    return intervalMs;
  };
  const rounds = createRounds({ round, failed: () => intervalMs, after: deps.after });
  let cancel = () => {};
  return {
    start() {
      // At the start there is more urgent work.
      cancel = deps.after(intervalMs, rounds.begin);
    },
    changed() {
      if (last.size === 0) return undefined;
      return [...last.values()].filter((outcome) => outcome === 'changed').length;
    },
    async close() {
      cancel();
      closed.abort();
      await rounds.close();
    },
  };
}
