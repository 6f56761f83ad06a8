/** A backup: the database at one moment, and every upload that it names. */
import { chmod, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeTombstones } from '../features/candidates/tombstone-file.ts';
import { hasTable } from '../storage/postgres/has-table.ts';
import { BackupError } from './backup-error.ts';
import { removeOld, sync, TOMBSTONES, writeBackup } from './backup-folder.ts';
import { hasCluster, packCluster, withEmbedded } from './cluster.ts';
import { withConnection } from './connection.ts';
import {
  dataDirOf,
  record,
  withDatabase,
  withEntityManager,
  type BackupContext,
} from './context.ts';
import { rowsOf } from './contents.ts';
import { dump } from './dump.ts';
import { MANIFEST, sha256Of, type Manifest } from './manifest.ts';
import { one, readMoment, type Moment } from './source.ts';
import { copyUploads, UPLOADS } from './uploads.ts';

/** @returns its folder */
export async function createBackup(context: BackupContext): Promise<string> {
  const { config, now, say } = context;
  const { dir, keep } = config.backup;
  const at = now();
  let written: Manifest | undefined;
  const name = await writeBackup(dir, at, async (folder) => {
    written =
      config.database.url === undefined
        ? await ofCluster(context, folder, at)
        : await ofServer(context, folder, at, config.database.url);
    await writeDurably(join(folder, MANIFEST), `${JSON.stringify(written, null, 2)}\n`);
  });
  if (written === undefined) throw new Error('A backup without a manifest was given a name.');
  const bytes = written.database.bytes + written.files_bytes;
  await withDatabase(context, async (url) => {
    await keepTombstones(url, join(dir, TOMBSTONES));
    await record(context, url, { kind: 'backup', backup: name, bytes });
  });
  const removed = await removeOld(dir, keep);
  const { contents, files } = written;
  say(
    `${contents.tables.length} tables with ${rowsOf(contents)} rows, ${files.length} uploads, ${bytes} bytes.`,
  );
  for (const old of removed) say(`Removed ${old}: BACKUP_KEEP is ${keep}.`);
  return join(dir, name);
}

function ofServer(
  context: BackupContext,
  folder: string,
  at: Date,
  url: string,
): Promise<Manifest> {
  const file = join(folder, 'database.dump');
  return readMoment(url, async (moment, snapshot) => {
    const { postgres } = moment;
    await dump(file, snapshot, { url, postgres, searched: context.searched });
    return manifestOf(context, { folder, at, moment, file, kind: 'dump', url });
  });
}

async function ofCluster(context: BackupContext, folder: string, at: Date): Promise<Manifest> {
  const dataDir = dataDirOf(context);
  if (!hasCluster(dataDir)) {
    throw new BackupError(
      `There is no database in ${dataDir}: set DATABASE_URL, or DATA_DIR to the folder of the service.`,
    );
  }
  const moment = await withEmbedded(dataDir, (url) =>
    readMoment(url, (found) => Promise.resolve(found)),
  );
  const file = join(folder, 'postgres.tar');
  await packCluster(file, dataDir, context.searched);
  return manifestOf(context, { folder, at, moment, file, kind: 'cluster', url: undefined });
}

interface Written {
  folder: string;
  at: Date;
  moment: Moment;
  file: string;
  kind: Manifest['kind'];
  /** Undefined: nobody changes the database meanwhile. */
  url: string | undefined;
}

async function manifestOf(
  context: BackupContext,
  { folder, at, moment, file, kind, url }: Written,
): Promise<Manifest> {
  const stillNamed = async (sha256: string) =>
    url === undefined ||
    (await withConnection(url, (client) =>
      one(client, 'select true as value from files where sha256 = $1 limit 1', [sha256]),
    )) === true;
  const { copied, bytes } = await copyUploads(
    join(dataDirOf(context), UPLOADS),
    join(folder, UPLOADS),
    moment.uploads,
    stillNamed,
  );
  // The folder is closed to others already; a copy of the file elsewhere is, too.
  await chmod(file, 0o600);
  await sync(file);
  return {
    format: 1,
    created_at: at.toISOString(),
    service_version: context.serviceVersion,
    migration: moment.migration,
    kind,
    postgres: moment.postgres,
    database: {
      file: basename(file),
      bytes: (await stat(file)).size,
      sha256: await sha256Of(file),
    },
    contents: moment.contents,
    files: copied,
    files_bytes: bytes,
  };
}

/** Those of now: an erasure after the newest backup is known only to the database until the next one. */
async function keepTombstones(url: string, path: string): Promise<void> {
  await withEntityManager(url, async (em) => {
    if (!(await hasTable(em(), 'candidate_tombstones'))) return;
    const lines = await Array.fromAsync(writeTombstones(em));
    await writeDurably(`${path}.partial`, lines.join(''));
    await rename(`${path}.partial`, path);
  });
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await sync(path);
}
