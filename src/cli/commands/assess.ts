import { Option, type Command } from 'commander';
import { submissionTypes } from '../../engine/contract.ts';
import { renderReport } from '../../features/reports/render.ts';
import { reportFormatNames, type ReportFormatName } from '../../features/reports/report-formats.ts';
import { createClient, namedServer, type ServerOptions } from '../client.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import type { AssessOptions, Judged } from '../judged.ts';
import { maxBytes } from '../limits.ts';
import { judge, readTexts, withEngine } from '../locally.ts';
import { withJudging, withServer } from '../options.ts';
import { write } from '../output.ts';
import { pack, type Packed } from '../pack.ts';
import { judgeRemotely } from '../remotely.ts';
import { showResult } from '../show-result.ts';
import { missed, readThreshold } from '../thresholds.ts';

interface Options extends AssessOptions, ServerOptions {
  local?: true;
  json?: true;
  format?: ReportFormatName;
  output?: string;
  failUnder?: string[];
}

const example = `
Examples:
  $ sono-eval assess .
  $ sono-eval assess src --fail-under technical=60 --format sarif -o sono.sarif
  $ sono-eval assess work.zip --candidate ada --server https://sono.example.com
`;

export function addAssess(program: Command, io: Io): void {
  const command = program
    .command('assess')
    .summary('a folder, files or an archive')
    .description(
      'Assesses files, folders and archives as one submission: on this machine, or by the service that --server or SONO_EVAL_URL names. Nothing in it is executed.',
    )
    .argument('<files...>', 'source files, folders, ZIP or tar.gz')
    .option('--candidate <id>', 'whose it is; by a service it is stored under this name')
    .addOption(
      new Option('--type <type>', 'what was handed in').choices(submissionTypes).default('project'),
    )
    .option('--local', 'on this machine, whatever SONO_EVAL_URL says')
    .option('--json', 'the whole result')
    .addOption(new Option('--format <format>', 'a report instead').choices(reportFormatNames))
    .option('-o, --output <file>', 'write there instead of to standard output');
  withServer(withJudging(command), 'this machine')
    .addHelpText('after', example)
    .action((files: string[], options: Options) => assess(files, options, io));
}

async function assess(names: string[], options: Options, io: Io): Promise<void> {
  const thresholds = (options.failUnder ?? []).map(readThreshold);
  const packed = await pack(names, { cwd: io.cwd, maxBytes: maxBytes(io) });
  const server = options.local ? undefined : namedServer(options, io);
  const judged =
    server === undefined
      ? await onThisMachine(packed, options, io)
      : await byService(packed, options, io);
  await write(io, await textOf(judged, options, io), options.output);
  const misses = missed(judged.result, thresholds);
  if (misses.length > 0) throw new CliError(misses.join('\n'), exitCodes.belowThreshold);
}

async function onThisMachine(packed: Packed, options: Options, io: Io): Promise<Judged> {
  const [texts] = await readTexts(packed, { split: false, maxBytes: maxBytes(io) });
  if (texts === undefined) throw new Error('What was packed has no texts.');
  const submission = { ...texts, name: options.candidate ?? 'local' };
  return io.progress('Assessing', (advance) =>
    withEngine(1, (engine) =>
      judge(engine, options, submission, io, (percent) => advance(percent, 'Assessing')),
    ),
  );
}

async function byService(packed: Packed, options: Options, io: Io): Promise<Judged> {
  const { candidate } = options;
  if (candidate === undefined) {
    throw new CliError(
      'Say whose it is by --candidate: a service stores the result under that name. Without a service: --local.',
      exitCodes.usage,
    );
  }
  const client = createClient(options, io);
  const submission = { packed, options, candidate };
  return io.progress(`Sending to ${client.url}`, (advance) =>
    judgeRemotely(client, io, submission, advance),
  );
}

function textOf(judged: Judged, { json, format }: Options, io: Io): string | Promise<string> {
  if (format !== undefined) return renderReport(format, judged.result);
  return json ? JSON.stringify(judged.result, null, 2) : showResult(judged, io.columns);
}
