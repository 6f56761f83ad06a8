/** `npm run backup | restore | restore:verify`. For whoever may read the database and SECRET_KEY. */
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { newestIn } from './backup/backup-folder.ts';
import type { BackupContext } from './backup/context.ts';
import { createBackup } from './backup/create-backup.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { verifyBackup } from './backup/verify-backup.ts';
import { loadConfig, readEnvironment } from './config.ts';
import { runCommand } from './run-command.ts';

const usage = `Usage: npm run backup
       npm run restore -- [--tombstones FILE] [FOLDER]
       npm run restore:verify -- [FOLDER]
  backup          database and uploads into a new folder in BACKUP_DIR; the newest BACKUP_KEEP stay
  restore         a backup into an empty database and DATA_DIR; then erases again who was erased since
  restore:verify  restores a backup beside everything else, compares each table, and removes it again
FOLDER is a backup; without it the newest in BACKUP_DIR.
`;

interface Arguments {
  folder: string | undefined;
  tombstones: string | undefined;
}

type Command = (context: BackupContext, args: Arguments) => Promise<string>;

const commands: Record<string, Command> = {
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

function readArguments([name = '', ...rest]: string[]): (() => Promise<number>) | null {
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
    return () => run(command, { folder: positionals[0], tombstones });
  } catch {
    return null;
  }
}

async function run(command: Command, args: Arguments): Promise<number> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const environment = readEnvironment();
  const context: BackupContext = {
    config: loadConfig(environment),
    searched: environment['PATH'] ?? '',
    serviceVersion: packageJson.version,
    now: () => new Date(),
    say,
  };
  say(await command(context, args));
  return 0;
}

process.exitCode = await runCommand(usage, readArguments(process.argv.slice(2)));
