/** What was erased stays erased when a backup is restored: by a file of tombstones, and by those of the database. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { DEVELOPMENT_KEY, type Config } from '../config.ts';
import { replayTombstones, type Replayed } from '../features/candidates/replay-tombstones.ts';
import { readTombstones } from '../features/candidates/tombstone-file.ts';
import { createHandles } from '../http/request/handles.ts';
import { eraseElsewhere } from '../resilience/cache/erasures.ts';
import { personalData } from './personal-data.ts';

/**
 * @param lines of the file; null: there is none
 * @throws {TombstoneFileError}
 */
export function replayLines(
  lines: AsyncIterable<string> | null,
  deps: {
    config: Pick<Config, 'secretKey' | 'access'>;
    em: () => SqlEntityManager;
    now: () => Date;
  },
): Promise<Replayed> {
  const { config, em, now } = deps;
  const keys = [config.secretKey ?? DEVELOPMENT_KEY, config.access.previousSecretKey];
  return replayTombstones(readTombstones(lines ?? none()), {
    em,
    personalData,
    handles: keys.filter((key) => key !== null).map((key) => createHandles(key)),
    erasures: eraseElsewhere(now),
    now,
  });
}

async function* none(): AsyncGenerator<string, void> {}
