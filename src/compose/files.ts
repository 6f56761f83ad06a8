/** Uploaded files: where they lie, who sweeps there, and what the other features are given of them. */
import { randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { createBlobs } from '../features/files/blobs.ts';
import { createAllowsName } from '../features/files/file-names.ts';
import { fileRoutes } from '../features/files/file-routes.ts';
import { observeStoredBytes } from '../features/files/metrics.ts';
import { personalFilesWith, textReader } from '../features/files/personal-files.ts';
import { createResolveFiles, type ResolveFiles } from '../features/files/resolve-files.ts';
import { createFileSweep } from '../features/files/sweep.ts';
import { createUploads } from '../features/files/upload.ts';
import type { Once } from '../http/idempotency.ts';
import type { Route } from '../http/routing/route.ts';
import type { PersonalData } from '../storage/personal-data.ts';
import { after } from '../time/clock.ts';
import type { Platform } from './platform.ts';

export interface Files {
  routes: Route[];
  resolveFiles: ResolveFiles;
  /** With the texts of the files, for an export. */
  personalFiles: PersonalData;
  /** Removes what an erasure has left without a row. */
  sweepSoon: () => void;
  start: () => void;
}

export function createFiles(platform: Platform, once: Once): Files {
  const { config, clock, cleanup, database, dataDir, log } = platform;
  const { quotaBytes, retentionDays, extensions } = config.uploads;
  const { now } = clock;
  const maxBytes = config.api.maxBodyBytes;
  const blobs = createBlobs(join(dataDir, 'files'));
  const allows = createAllowsName(extensions);
  const sweep = createFileSweep({
    em: () => database.em(),
    blobs,
    retentionDays,
    clock: { now, after },
    log,
  });
  cleanup.defer(() => sweep.close());
  cleanup.defer(observeStoredBytes(sweep));
  const uploads = createUploads({ blobs, allows, maxBytes, quotaBytes, newId: randomUUIDv7, now });
  return {
    routes: fileRoutes({ uploads, blobs, sweep, once, ...config.api }),
    resolveFiles: createResolveFiles({ blobs, allows, maxBytes, now }),
    personalFiles: personalFilesWith(textReader(blobs)),
    sweepSoon: sweep.soon,
    start: sweep.start,
  };
}
