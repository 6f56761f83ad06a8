import { loadConfig, readEnvironment } from './config.ts';
import { runCommand } from './run-command.ts';
import { openDatabaseServer } from './storage/database-server.ts';
import { migrationStatus, revertMigrations, runMigrations } from './storage/postgres/migrations.ts';

const usage = `Usage: npm run migrate -- up | down | status
  up      apply every migration that is pending
  down    revert the newest one
  status  list them all; exit code 3 when some are pending
`;

const EXIT_PENDING = 3;

const say = (lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`);

const commands: Record<string, (url: string) => Promise<number>> = {
  async up(url) {
    const names = await runMigrations(url);
    say(names.length > 0 ? names.map((name) => `applied ${name}`) : ['nothing to apply']);
    return 0;
  },
  async down(url) {
    const names = await revertMigrations(url, 'last');
    say(names.length > 0 ? names.map((name) => `reverted ${name}`) : ['nothing to revert']);
    return 0;
  },
  async status(url) {
    const all = await migrationStatus(url);
    say(all.map(({ name, applied }) => `${applied ? 'applied' : 'pending'} ${name}`));
    return all.every(({ applied }) => applied) ? 0 : EXIT_PENDING;
  },
};

function readArguments([name = '', ...rest]: string[]): (() => Promise<number>) | null {
  const command = Object.hasOwn(commands, name) && rest.length === 0 ? commands[name] : undefined;
  if (command === undefined) return null;
  return async () => {
    const server = await openDatabaseServer(loadConfig(readEnvironment()).database, () => {});
    try {
      return await command(server.url);
    } finally {
      await server.stop();
    }
  };
}

process.exitCode = await runCommand(usage, readArguments(process.argv.slice(2)));
