/**
 * Erases persons when the time to keep them is over: by the newest trace of them, each by the same erasure as
 * a request's, in a transaction of its own.
 *
 * One process at a time works; were there two, which a lost connection allows, each person would still be
 * erased once. A person that is assessed meanwhile is kept. What fails is left for the next run, and shown
 * by `overdue`.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { AppError, CircuitOpenError, DependencyError, findCause } from '../../errors.ts';
import type { Handles } from '../../http/request/handles.ts';
import type { DatabaseSession } from '../../storage/postgres/session.ts';
import { createRounds } from '../../storage/rounds.ts';
import type { CandidateAssessments } from './candidate.ts';
import { candidatesBefore, type CandidateAge } from './candidate-store.ts';
import type { AskedBy, EraseCandidate } from './erase-candidate.ts';

const EVERY_MS = 3_600_000;
/** After a run that another process had the lock for, or that the database ended. */
const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;
/** Persons that one query looks at: with hundreds of assessments each it takes some milliseconds. */
const PAGE = 200;
/** Of the advisory lock. */
const LOCK = 'candidate retention';

/** In tombstones and audit log. */
const itself: AskedBy = {
  caller: { id: 'retention' },
  requestId: '',
  trace: { traceId: '0'.repeat(32) },
};

export interface Retention {
  /** The first run is now, the others hourly; once the tables are there. */
  start: () => void;
  /** Found in the last run and not erased yet. */
  overdue: () => number;
  /** Resolves when nothing runs any more. */
  close: () => Promise<void>;
}

/** The person was seen after all, between being found and being erased. */
class StillKept extends Error {
  override readonly name = 'StillKept';
}

export function createRetention(deps: {
  /** From the newest trace of a person on. */
  days: number;
  em: () => SqlEntityManager;
  session: Pick<DatabaseSession, 'tryLock'>;
  assessments: Pick<CandidateAssessments, 'newest'>;
  erase: EraseCandidate;
  handles: Handles;
  clock: { now: () => Date; after: (ms: number, run: () => void) => () => void };
  log: Logger;
}): Retention {
  const { clock, log } = deps;
  let overdue = 0;

  const isOver = async (em: SqlEntityManager, persons: readonly CandidateAge[], before: Date) => {
    const newest = await deps.assessments.newest(
      em,
      persons.map(({ id }) => id),
    );
    return persons.filter(({ id }) => (newest.get(id) ?? before) <= before);
  };
  /** Their ids, page by page. */
  async function* findOverdue(before: Date): AsyncGenerator<string[], void> {
    for (let last: CandidateAge | undefined; ;) {
      const page = await candidatesBefore(deps.em(), before, last, PAGE);
      yield (await isOver(deps.em(), page, before)).map(({ id }) => id);
      last = page.at(-1);
      if (page.length < PAGE || rounds.isClosed()) return;
    }
  }

  /** @returns whether the person is gone, or kept for good reason */
  const eraseOne = async (id: string, before: Date): Promise<boolean> => {
    const em = deps.em();
    try {
      await deps.erase(em, id, {
        reason: 'retention',
        by: itself,
        async before(tx, createdAt) {
          const [person] = await isOver(tx, [{ id, createdAt }], before);
          if (person === undefined || createdAt >= before) throw new StillKept();
        },
      });
      return true;
    } catch (error) {
      if (error instanceof StillKept) return true;
      // Erased by somebody else; or committed, and its copies end by and by (see `erasures.ts`).
      if (error instanceof AppError) return true;
      if (isOutage(error)) throw error;
      log.error('A candidate could not be erased', {
        [attr.eventName]: 'candidate.retention_failed',
        [attr.candidate]: deps.handles.of('candidate', id),
        error,
      });
      return false;
    }
  };

  const work = async () => {
    const before = new Date(clock.now().getTime() - deps.days * DAY_MS);
    let found = 0;
    for await (const ids of findOverdue(before)) found += ids.length;
    overdue = found;
    for await (const ids of findOverdue(before)) {
      for (const id of ids) {
        if (rounds.isClosed()) return;
        if (await eraseOne(id, before)) overdue = Math.max(0, overdue - 1);
      }
    }
  };
  const round = async (): Promise<number> => {
    const lock = await deps.session.tryLock(LOCK);
    if (lock === null) {
      // Whoever has it shows what is left.
      overdue = 0;
      return AGAIN_MS;
    }
    try {
      await work();
      return EVERY_MS;
    } finally {
      await lock.release();
    }
  };
  const rounds = createRounds({
    round,
    failed(error) {
      log.warn('Retention could not finish its run; it tries again in a minute', {
        [attr.eventName]: 'candidate.retention_interrupted',
        error,
      });
      return AGAIN_MS;
    },
    after: clock.after,
  });
  return { start: rounds.begin, overdue: () => overdue, close: rounds.close };
}

/** Of the database: it would fail for everybody. What it had no time for may be one person's. */
function isOutage(error: unknown): boolean {
  const failure = findCause(error, DependencyError);
  return failure instanceof CircuitOpenError || failure?.kind === 'unavailable';
}
