/** The command `sono-eval`. */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError } from '../errors.ts';
import { sentenceOf } from '../start-error.ts';
import { addAssess } from './commands/assess.ts';
import { addBatch } from './commands/batch.ts';
import { addCandidate } from './commands/candidate.ts';
import { addCompletion } from './commands/completion.ts';
import { addDemo } from './commands/demo.ts';
import { addJobs } from './commands/jobs.ts';
import { addKeys } from './commands/keys.ts';
import { addOperate } from './commands/operate.ts';
import { addReport } from './commands/report.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

const after = `
A first look:
  $ sono-eval demo
  $ sono-eval assess .

Variables:
  SONO_EVAL_URL      service to ask; without it assess and batch work here
  SONO_EVAL_API_KEY  API key, or its file in SONO_EVAL_API_KEY_FILE; in the
                     folder of a service here, data/admin.key is used

Exit codes:
   0  done                              69  no service, or it has no room
   1  something failed                  75  too many requests: try later
   2  a score is below --fail-under     77  no key, or one that may not do this
  64  wrong usage                       78  wrong configuration
  65  it cannot be assessed
`;

export function createProgram(io: Io): Command {
  const program = new Command('sono-eval')
    .description('Assesses what developers submit, and shows the reason for every point.')
    .version(packageJson.version)
    .enablePositionalOptions()
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', after)
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .helpCommand(false)
    .exitOverride();
  program.commandsGroup('Assess:');
  addAssess(program, io);
  addBatch(program, io);
  addDemo(program, io);
  program.commandsGroup('Ask a service:');
  addCandidate(program, io);
  addReport(program, io);
  addJobs(program, io);
  addKeys(program, io);
  program.commandsGroup('Operate a service:');
  addOperate(program);
  program.commandsGroup('And:');
  addCompletion(program, io);
  return program;
}

/** @returns the exit code */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // It has been written: help, version, or what is wrong with the usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    const sentence = error instanceof CliError ? error.message : sentenceOf(error);
    if (sentence !== '') io.err(`${sentence}\n`);
    if (error instanceof CliError) return error.exitCode;
    return error instanceof ConfigError ? exitCodes.config : exitCodes.failed;
  }
}
