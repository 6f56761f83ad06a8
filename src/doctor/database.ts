import type { Config } from '../config.ts';
import { MOST_SKEW_MS } from '../compose/warnings.ts';
import { causesOf } from '../errors.ts';
import { newestBackupRuns, type NewestRuns } from '../storage/backups/backup-runs.ts';
import { OLDEST_BACKUP_SECONDS, OLDEST_VERIFIED_SECONDS } from '../storage/backups/oldest.ts';
import { createDatabase, type Database } from '../storage/postgres/database.ts';
import { hasTable } from '../storage/postgres/has-table.ts';
import { pendingMigrations } from '../storage/postgres/migrations.ts';
import { readServerFacts, type ServerFacts } from '../storage/postgres/server-facts.ts';
import { refusalOf } from '../storage/refusal.ts';
import type { Found } from './configuration.ts';
import { fail, pass, unknown, warn, whyNot, type Finding } from './finding.ts';

/** Of PostgreSQL, with which the migrations are tried. */
const OLDEST_VERSION = 14;
/** Share of the server's connections above which there is no room for a deployment that doubles ours. */
const MOST_USED = 0.8;

/** Asks the database of the configuration; the embedded one is not started for it. */
export async function checkDatabase(
  { database, production, api: { processes } }: Config,
  now: () => Date,
): Promise<Found[]> {
  if (database.url === undefined) {
    const here = 'The embedded PostgreSQL, which is for development.';
    return [
      ['database', unknown(here)],
      [
        'backups',
        unknown(
          'Those of the embedded PostgreSQL are made by npm run backup, while the service is stopped.',
        ),
      ],
    ];
  }
  const db = await createDatabase({ url: database.url, entities: [], maxConnections: 1 });
  try {
    const facts = await readServerFacts(db, now);
    return [
      ...judge(facts, processes * db.pool().max),
      ...(await checkSchema(db, production)),
      ['backups', await checkBackups(db, now)],
    ];
  } catch (error) {
    return [
      ['database', unreachable(error)],
      ['backups', unknown('The database does not answer.')],
    ];
  } finally {
    await db.close();
  }
}

/** The driver's sentence names hosts, users and databases, no password. */
function unreachable(error: unknown): Finding {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return fail(`DATABASE_URL: ${refusal.reason}.`, refusal.fix);
  const isCertificate = causesOf(error).some(({ message }) => /certificate|SSL/i.test(message));
  const fix = isCertificate
    ? 'Let sslmode, sslrootcert and the server’s certificate agree.'
    : 'Is PostgreSQL running at DATABASE_URL, and may this machine reach it?';
  return fail(`The database cannot be asked: ${whyNot(error)}.`, fix);
}

/** @param ours connections that a service of ours may hold, in all its processes */
export function judge(facts: ServerFacts, ours: number): Found[] {
  const { version, maxConnections, connections, isSuperuser, tls, clockSkewMs } = facts;
  const found: Found[] = [
    ['database', pass(`PostgreSQL ${version} answers, ${tls ? 'over TLS' : 'without TLS'}.`)],
  ];
  const add = (finding: Finding) => void found.push(['database', finding]);
  if (version < OLDEST_VERSION) {
    add(fail(`PostgreSQL ${version} is too old.`, `Upgrade to ${OLDEST_VERSION} or newer.`));
  }
  if (isSuperuser) {
    add(
      warn(
        'The user of DATABASE_URL is a superuser.',
        'Make a user that owns this database alone.',
      ),
    );
  }
  if (connections + ours > MOST_USED * maxConnections) {
    add(
      warn(
        `${connections} of ${maxConnections} connections are in use, and the service wants up to ${ours}.`,
        'Lower ?max_connections= in DATABASE_URL, raise max_connections, or put a pooler in between.',
      ),
    );
  }
  if (Math.abs(clockSkewMs) > MOST_SKEW_MS) {
    const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
    const what = `The clocks of this machine and of PostgreSQL are ${seconds} s apart.`;
    found.push(['process', warn(what, 'Synchronise both with NTP.')]);
  }
  return found;
}

async function checkSchema(db: Database, production: boolean): Promise<Found[]> {
  const pending = await pendingMigrations(db);
  if (pending.length === 0) return [['database', pass('No migration is pending.')]];
  const what = `${pending.length} migration(s) are pending.`;
  return [
    production
      ? ['database', fail(what, 'Run: npm run migrate up')]
      : ['database', pass(`${what} The start applies them.`)],
  ];
}

/** By what `npm run backup` and `restore:verify` left in the database; else by whether its log is archived. */
async function checkBackups(db: Database, now: () => Date): Promise<Finding> {
  const isKept = await hasTable(db.em(), 'backup_runs');
  const judged = isKept ? judgeBackups(await newestBackupRuns(db.em()), now()) : null;
  return judged ?? checkArchive(db);
}

const HOUR_MS = 3_600_000;

/** @returns null when no backup was ever recorded: others may make them */
export function judgeBackups(
  { backup, verified_restore: verified }: NewestRuns,
  now: Date,
): Finding | null {
  if (backup === null) return null;
  const hours = (at: number) => Math.round((now.getTime() - at) / HOUR_MS);
  const isOld = (at: number, seconds: number) => now.getTime() - at > seconds * 1000;
  if (isOld(backup, OLDEST_BACKUP_SECONDS)) {
    return fail(
      `The newest backup is ${hours(backup)} hours old.`,
      'Schedule npm run backup daily.',
    );
  }
  if (verified === null || isOld(verified, OLDEST_VERIFIED_SECONDS)) {
    const when = verified === null ? 'ever' : `for ${hours(verified)} hours`;
    return fail(`No restore was verified ${when}.`, 'Schedule npm run restore:verify each week.');
  }
  return pass(
    `The newest backup is ${hours(backup)} hours old, and a restore was verified ${hours(verified)} hours ago.`,
  );
}

interface Archiver {
  on: boolean;
  archived: boolean;
  failing: boolean;
}

/** Dumps leave no trace in the server; an archive of its log does. */
export async function checkArchive(db: Pick<Database, 'em'>): Promise<Finding> {
  const [row] = await db.em().execute<Archiver[]>(`
    select current_setting('archive_mode') <> 'off' as "on",
      last_archived_time > now() - interval '1 day' as archived,
      coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing
    from pg_stat_archiver`);
  if (row?.on !== true) {
    return unknown(
      'PostgreSQL archives no WAL, and dumps cannot be seen from here.',
      'Schedule npm run backup daily and npm run restore:verify each week; alerts tell when either is late.',
    );
  }
  if (row.failing) {
    return fail(
      'PostgreSQL cannot archive its WAL.',
      'Look at pg_stat_archiver and archive_command.',
    );
  }
  return row.archived
    ? pass(
        'PostgreSQL archived WAL within the last day; whether it restores cannot be seen from here.',
      )
    : warn('PostgreSQL archived no WAL for a day.', 'Look at archive_command and archive_timeout.');
}
