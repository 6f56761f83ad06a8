/** The end of what is stored of persons: by request, and when the time to keep it is over. */
import { randomUUIDv7 } from 'node:crypto';
import { candidateAssessments } from '../features/assessments/candidate-assessments.ts';
import {
  createEraseCandidate,
  type EraseCandidate,
} from '../features/candidates/erase-candidate.ts';
import { observeRetention } from '../features/candidates/metrics.ts';
import { createRetention } from '../features/candidates/retention.ts';
import { after } from '../time/clock.ts';
import { personalData } from './personal-data.ts';
import type { Access } from './access.ts';
import type { Platform } from './platform.ts';

/** @param erased called after each attempt: what lies outside the database is removed then */
export function createPrivacy(
  platform: Platform,
  access: Pick<Access, 'audit'>,
  erased: () => void,
): { erase: EraseCandidate; start: () => void } {
  const { config, clock, cleanup, database, erasures, session, handles, log } = platform;
  const eraseStored = createEraseCandidate({
    personalData,
    erasures,
    handles,
    audit: (tx, by, { receipt_id, candidate, erased }) =>
      access.audit(tx, by, {
        action: 'candidate.erased',
        target: candidate,
        details: { receipt_id, erased },
      }),
    now: clock.now,
    newId: randomUUIDv7,
    log,
  });
  const erase: EraseCandidate = async (...asked) => {
    try {
      return await eraseStored(...asked);
    } finally {
      erased();
    }
  };
  const days = config.candidateRetentionDays;
  if (days === null) return { erase, start: () => {} };
  const retention = createRetention({
    days,
    em: () => database.em(),
    session,
    assessments: candidateAssessments,
    erase,
    handles,
    clock: { now: clock.now, after },
    log,
  });
  cleanup.defer(() => retention.close());
  cleanup.defer(observeRetention(retention));
  return { erase, start: retention.start };
}
