/** The proof of a backup: it is restored beside everything else, compared, and removed again. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unpackCluster, withEmbedded } from './cluster.ts';
import { dataDirOf, record, withDatabase, type BackupContext } from './context.ts';
import { rowsOf } from './contents.ts';
import { BackupError } from './backup-error.ts';
import { load, withScratchDatabase } from './dump.ts';
import { checkDatabaseFile, readManifest } from './manifest.ts';
import { demandEqual } from './restore-backup.ts';
import { contentsOf } from './source.ts';
import { checkUploads, UPLOADS } from './uploads.ts';

/** @throws {BackupError} when it cannot be restored, or is not what was backed up */
export async function verifyBackup(context: BackupContext, folder: string): Promise<void> {
  const { config, searched, say } = context;
  const manifest = await readManifest(folder);
  const file = await checkDatabaseFile(folder, manifest);
  const compare = async (url: string) => demandEqual(manifest, await contentsOf(url));
  if (manifest.kind === 'cluster') await inScratchFolder(context, file, compare);
  else {
    const server = config.backup.verifyUrl ?? config.database.url;
    if (server === undefined) {
      throw new BackupError(
        'Set RESTORE_VERIFY_DATABASE_URL or DATABASE_URL to a server to restore on.',
      );
    }
    await withScratchDatabase(server, async (url) => {
      await load(file, { url, postgres: manifest.postgres, searched });
      await compare(url);
    });
  }
  await checkUploads(join(folder, UPLOADS), manifest.files);
  say(
    `${rowsOf(manifest.contents)} rows and ${manifest.files.length} uploads restored and compared.`,
  );
  const bytes = manifest.database.bytes + manifest.files_bytes;
  const backup = basename(folder);
  await withDatabase(context, (url) =>
    record(context, url, { kind: 'verified_restore', backup, bytes }),
  );
}

/** In DATA_DIR, which the user that PostgreSQL runs as can enter. */
async function inScratchFolder(
  context: BackupContext,
  file: string,
  compare: (url: string) => Promise<void>,
): Promise<void> {
  const scratch = join(dataDirOf(context), `restore-verify-${randomBytes(6).toString('hex')}`);
  try {
    await unpackCluster(file, scratch, context.searched);
    await withEmbedded(scratch, compare, false);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
