/** Keeps what was erased erased when a backup is restored. For whoever may read SECRET_KEY. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { replayLines } from './compose/replay.ts';
import { loadConfig, readEnvironment, type Config } from './config.ts';
import { entities } from './features/entities.ts';
import { TombstoneFileError, writeTombstones } from './features/candidates/tombstone-file.ts';
import { runCommand } from './run-command.ts';
import { openDatabaseServer } from './storage/database-server.ts';
import { createDatabase, type Database } from './storage/postgres/database.ts';
import { systemClock } from './time/clock.ts';

const usage = `Usage: npm run -s tombstones -- export > file | replay < file
  export  write who was erased, by handle: keep the file apart from the backups
  replay  after a backup was restored: erase again whom the file or the database names
`;

/** `sysexits.h` EX_DATAERR */
const EXIT_DATA = 65;
/** There is nobody who waits for an answer, as a client would. */
const STATEMENT_MS = 60_000;

const { stdin, stdout } = process;

const commands: Record<string, (database: Database, config: Config) => Promise<void>> = {
  async export(database) {
    for await (const lines of writeTombstones(() => database.em())) {
      if (!stdout.write(lines)) await once(stdout, 'drain');
    }
  },
  async replay(database, config) {
    // A person at a terminal has no file to give: then it is those of the database alone.
    const lines = stdin.isTTY ? null : createInterface({ input: stdin });
    const em = () => database.em();
    const replayed = await replayLines(lines, { config, em, now: systemClock.now });
    const { read, compared, erased } = replayed;
    const counts = Object.entries(erased).map(([kind, count]) => `${kind} erased: ${count}\n`);
    stdout.write(
      `tombstones read: ${read}\ntombstones new: ${replayed.new}\ncandidates compared: ${compared}\n${counts.join('')}`,
    );
  },
};

function readArguments([name = '', ...rest]: string[]): (() => Promise<number>) | null {
  const command = Object.hasOwn(commands, name) && rest.length === 0 ? commands[name] : undefined;
  if (command === undefined) return null;
  return async () => {
    await using cleanup = new AsyncDisposableStack();
    const config = loadConfig(readEnvironment());
    const server = await openDatabaseServer(config.database, () => {});
    cleanup.defer(() => server.stop());
    const database = await createDatabase({
      url: server.url,
      entities,
      applicationName: 'sono-eval-tombstones',
      statementTimeoutMs: STATEMENT_MS,
    });
    cleanup.defer(() => database.close());
    await command(database, config);
    return 0;
  };
}

process.exitCode = await runCommand(usage, readArguments(process.argv.slice(2)), (error) =>
  error instanceof TombstoneFileError ? EXIT_DATA : 1,
);
