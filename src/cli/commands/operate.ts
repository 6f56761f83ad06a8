/** The commands of operators are programs of their own, which read the variables of the deployment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit-codes.ts';

const programs = [
  ['doctor', 'doctor.ts', [], 'the security checklist against this deployment'],
  ['migrate', 'migrate.ts', [], 'the schema of the database: up, down, status'],
  ['backup', 'backup.ts', ['create'], 'database and uploads into BACKUP_DIR'],
  ['restore', 'backup.ts', ['restore'], 'a backup into an empty database'],
  ['restore-verify', 'backup.ts', ['verify'], 'proves a backup by restoring it'],
] as const;

export function addOperate(program: Command): void {
  for (const [name, file, before, description] of programs) {
    program
      .command(name)
      .description(description)
      .argument('[arguments...]', `as of npm run ${name.replace('-', ':')}`)
      .allowUnknownOption()
      .helpOption(false)
      .action(async (args: string[]) => {
        const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
        const child = spawn(process.execPath, [path, ...before, ...args], { stdio: 'inherit' });
        const [code] = (await once(child, 'close')) as [number | null];
        // It has said why.
        if (code !== 0) throw new CliError('', code ?? exitCodes.failed);
      });
  }
}
