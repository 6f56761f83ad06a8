/** From a backup to a database and its uploads: only where nothing is, and compared with what was backed up. */
import { createReadStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { replayLines } from '../compose/replay.ts';
import type { Replayed } from '../features/candidates/replay-tombstones.ts';
import { runMigrations } from '../storage/postgres/migrations.ts';
import { BackupError } from './backup-error.ts';
import { TOMBSTONES } from './backup-folder.ts';
import { unpackCluster } from './cluster.ts';
import { withConnection } from './connection.ts';
import { dataDirOf, withDatabase, withEntityManager, type BackupContext } from './context.ts';
import { differencesOf, rowsOf, type DatabaseContents } from './contents.ts';
import { demandEmpty, load } from './dump.ts';
import { checkDatabaseFile, readManifest, type Manifest } from './manifest.ts';
import { contentsOf } from './source.ts';
import { checkUploads, copyUploads, UPLOADS } from './uploads.ts';

/** @param tombstones a file that is kept elsewhere; else the one beside the backup */
export async function restoreBackup(
  context: BackupContext,
  folder: string,
  tombstones?: string,
): Promise<void> {
  const { config, say } = context;
  const manifest = await readManifest(folder);
  const file = await checkDatabaseFile(folder, manifest);
  await checkUploads(join(folder, UPLOADS), manifest.files);
  if (manifest.kind === 'cluster') {
    if (config.database.url !== undefined) {
      throw new BackupError(
        `${folder} is of the embedded PostgreSQL: restore it without DATABASE_URL.`,
      );
    }
    await unpackCluster(file, dataDirOf(context), context.searched);
  }
  await withDatabase(context, async (url) => {
    if (manifest.kind === 'dump') {
      await demandEmpty(url);
      await load(file, { url, postgres: manifest.postgres, searched: context.searched });
    }
    demandEqual(manifest, await contentsOf(url));
    say(`${rowsOf(manifest.contents)} rows restored and compared.`);
    await withConnection(url, (client) => client.query('analyze'));
    await copyUploads(
      join(folder, UPLOADS),
      join(dataDirOf(context), UPLOADS),
      manifest.files,
      () => Promise.resolve(true),
    );
    say(`${manifest.files.length} uploads restored.`);
    for (const name of await runMigrations(url)) say(`Applied ${name}.`);
    const path = tombstones ?? join(dirname(folder), TOMBSTONES);
    const { read, erased } = await eraseAgain(context, url, path);
    say(`${read} tombstones replayed: ${erased['candidates'] ?? 0} candidates erased again.`);
  });
}

/** @throws {BackupError} that says where they differ */
export function demandEqual(
  { contents }: Pick<Manifest, 'contents'>,
  found: DatabaseContents,
): void {
  const wrong = differencesOf(contents, found);
  if (wrong.length === 0) return;
  const more = wrong.length > 5 ? ` and ${wrong.length - 5} more` : '';
  throw new BackupError(
    `What was restored is not what was backed up: ${wrong.slice(0, 5).join('; ')}${more}.`,
  );
}

/** What has been erased since the backup was made. */
async function eraseAgain(
  { config, now, say }: BackupContext,
  url: string,
  path: string,
): Promise<Replayed> {
  if (!existsSync(path)) {
    say(`There is no ${path}: who was erased since the backup is back. See npm run tombstones.`);
  }
  const lines = existsSync(path) ? createInterface({ input: createReadStream(path) }) : null;
  return withEntityManager(url, (em) => replayLines(lines, { config, em, now }));
}
