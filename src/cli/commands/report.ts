import { Option, type Command } from 'commander';
import { reportFormatNames } from '../../features/reports/report-formats.ts';
import { createClient, type ServerOptions } from '../client.ts';
import type { Io } from '../io.ts';
import { withServer } from '../options.ts';
import { write } from '../output.ts';

export function addReport(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('a stored result to read: HTML, Markdown, SARIF, …')
    .description('A stored result for its reader: a page, Markdown, a spreadsheet, SARIF.')
    .argument('<assessment_id>')
    .addOption(
      new Option('--format <format>', 'of the report').choices(reportFormatNames).default('html'),
    )
    .option('-o, --output <file>', 'write there instead of to standard output');
  withServer(command).action(
    async (id: string, options: ServerOptions & { format: string; output?: string }) => {
      const path = `/api/v1/assessments/${encodeURIComponent(id)}/report`;
      const query = { format: options.format };
      await write(io, await createClient(options, io).text('GET', path, { query }), options.output);
    },
  );
}
