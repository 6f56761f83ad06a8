/**
 * Removes what is nobody's: contents whose row is gone, contents that never got one, what a crashed process was
 * receiving, and files that nobody has used for so long. Each content is removed under the lock that whoever adds
 * one holds until its row is committed, so that none is removed that has a row.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { createRounds } from '../../storage/rounds.ts';
import type { Blobs } from './blobs.ts';
import {
  deleteUnused,
  forgetRemovals,
  lockToRemove,
  pendingRemovals,
  storedBytes,
  withoutFile,
} from './file-store.ts';

const EVERY_MS = 60_000;
/** Between looks at the whole folder and at all files: after expired ones, and at how much there is. */
const WHOLE_MS = 3_600_000;
/** Younger ones may be somebody's who is still at work: longer than any request. */
const ORPHAN_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BATCH = 100;

export interface FileSweep {
  /** The first run is now; once the tables are there. */
  start: () => void;
  /** Runs now; again, when it runs already. Nobody has to wait for it. */
  soon: () => void;
  /** Contents that may have no row: looked at in the next run. */
  suspect: (hashes: readonly string[]) => void;
  /** Bytes of all files, at the last look at all of them. */
  stored: () => number;
  /** Resolves when nothing runs any more. */
  close: () => Promise<void>;
}

export function createFileSweep(deps: {
  em: () => SqlEntityManager;
  blobs: Blobs;
  /** From its last use on. */
  retentionDays: number;
  clock: { now: () => Date; after: (ms: number, run: () => void) => () => void };
  log: Logger;
}): FileSweep {
  const { blobs, clock, log } = deps;
  const suspects = new Set<string>();
  let stored = 0;
  let wholeAt = Number.NEGATIVE_INFINITY;

  /** @returns how many had no row */
  const removeOrphans = (hashes: readonly string[]) =>
    inTransaction(deps.em(), async (tx) => {
      await lockToRemove(tx);
      // First, for it waits for those who are removing the last file of one.
      await forgetRemovals(tx, hashes);
      const orphans = await withoutFile(tx, hashes);
      for (const sha256 of orphans) await blobs.remove(sha256);
      return orphans.length;
    });
  const removePending = async () => {
    for (;;) {
      const hashes = await pendingRemovals(deps.em(), BATCH);
      if (hashes.length === 0 || rounds.isClosed()) break;
      await removeOrphans(hashes);
    }
    const some = [...suspects];
    for (let start = 0; start < some.length; start += BATCH) {
      const batch = some.slice(start, start + BATCH);
      await removeOrphans(batch);
      for (const sha256 of batch) suspects.delete(sha256);
    }
  };
  const sweepWhole = async () => {
    const now = clock.now().getTime();
    const before = new Date(now - ORPHAN_MS);
    const expired = await deleteUnused(deps.em(), new Date(now - deps.retentionDays * DAY_MS));
    let orphans = 0;
    let batch: string[] = [];
    const flush = async () => {
      if (batch.length > 0) orphans += await removeOrphans(batch);
      batch = [];
    };
    for await (const sha256 of blobs.before(before)) {
      if (rounds.isClosed()) return;
      batch.push(sha256);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    const unfinished = await blobs.sweepIncoming(before);
    if (expired + orphans + unfinished === 0) return;
    log.info('Uploaded files were removed', {
      [attr.eventName]: 'files.swept',
      expired,
      orphans,
      unfinished,
    });
  };
  const round = async () => {
    await removePending();
    const now = clock.now().getTime();
    if (now - wholeAt >= WHOLE_MS) {
      await sweepWhole();
      wholeAt = now;
      await removePending();
      stored = await storedBytes(deps.em());
    }
    return EVERY_MS;
  };
  const rounds = createRounds({
    round,
    failed(error) {
      log.warn('Uploaded files could not be swept; it is tried again in a minute', {
        [attr.eventName]: 'files.sweep_failed',
        error,
      });
      return EVERY_MS;
    },
    after: clock.after,
  });
  return {
    start: rounds.begin,
    soon: rounds.begin,
    suspect(hashes) {
      for (const sha256 of hashes) suspects.add(sha256);
    },
    stored: () => stored,
    close: rounds.close,
  };
}
