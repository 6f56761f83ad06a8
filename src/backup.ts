/** `npm run backup | restore | restore:verify`. For whoever may read the database and SECRET_KEY. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { newestIn } from './backup/backup-folder.ts';
import type { BackupContext } from './backup/context.ts';
import { createBackup } from './backup/create-backup.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { verifyBackup } from './backup/verify-backup.ts';
import { loadConfig, readEnvironment } from './config.ts';
import { ConfigError, EXIT_CONFIG } from './errors.ts';
import { sentenceOf } from './start-error.ts';

const usage = `Usage: npm run backup
       npm run restore -- [--tombstones FILE] [FOLDER]
       npm run restore:verify -- [FOLDER]
  backup          database and uploads into a new folder in BACKUP_DIR; the newest BACKUP_KEEP stay
  restore         a backup into an empty database and DATA_DIR; then erases again who was erased since
  restore:verify  restores a backup beside everything else, compares each table, and removes it again
FOLDER is a backup; without it the newest in BACKUP_DIR.
`;

/** `sysexits.h` EX_USAGE */
const EXIT_USAGE = 64;

interface Arguments {
  folder: string | undefined;
  tombstones: string | undefined;
}

const commands: Record<string, (context: BackupContext, args: Arguments) => Promise<string>> = {
  async create(context) {
    return `backup ${await createBackup(context)}`;
  },
  async restore(context, { folder, tombstones }) {
    const from = folder ?? (await newestIn(context.config.backup.dir));
    await restoreBackup(context, from, tombstones);
    return `restored ${from}`;
  },
  async verify(context, { folder }) {
    const from = folder ?? (await newestIn(context.config.backup.dir));
    await verifyBackup(context, from);
    return `verified ${from}`;
  },
};

function readArguments([name = '', ...rest]: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: { tombstones: { type: 'string' } },
    });
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    const most = name === 'create' ? 0 : 1;
    const tombstones = values.tombstones;
    if (command === undefined || positionals.length > most) return null;
    if (tombstones !== undefined && name !== 'restore') return null;
    return { command, folder: positionals[0], tombstones };
  } catch {
    return null;
  }
}

async function main(args: string[]): Promise<number> {
  const chosen = readArguments(args);
  if (chosen === null) {
    process.stderr.write(usage);
    return EXIT_USAGE;
  }
  const manifest = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const environment = readEnvironment();
    const context: BackupContext = {
      config: loadConfig(environment),
      searched: environment['PATH'] ?? '',
      serviceVersion: version,
      now: () => new Date(),
      say,
    };
    say(await chosen.command(context, chosen));
    return 0;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
