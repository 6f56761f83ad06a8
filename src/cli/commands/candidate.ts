import type { Command } from 'commander';
import { z } from 'zod';
import { createClient, type ServerOptions } from '../client.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { withServer } from '../options.ts';
import { write } from '../output.ts';
import { shownScore } from '../show-result.ts';
import { table } from '../text.ts';

interface Options extends ServerOptions {
  json?: true;
  output?: string;
  yes?: true;
  limit?: string;
}

const summary = z.object({
  assessment_id: z.string(),
  submission_type: z.string(),
  challenge: z.string().nullable(),
  timestamp: z.string(),
  overall_score: z.number().nullable(),
});
const detail = z.object({
  candidate_id: z.string(),
  display_name: z.string().nullable(),
  created_at: z.string(),
  latest_assessments: z.array(summary),
});
const page = z.object({
  items: z.array(detail.omit({ latest_assessments: true })),
  next_cursor: z.string().nullable(),
});

const pathOf = (id: string) => `/api/v1/candidates/${encodeURIComponent(id)}`;
export const shownTime = (text: string) => `${text.slice(0, 10)} ${text.slice(11, 16)}`;

export function addCandidate(program: Command, io: Io): void {
  const group = program
    .command('candidate')
    .summary('people: list, show, export, erase')
    .description('People whose work is assessed, in a service.');

  withServer(group.command('list').description('the candidates, by name'))
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'as the service answers')
    .action(async (options: Options) => {
      const { limit } = options;
      const client = createClient(options, io);
      const text = await client.text('GET', '/api/v1/candidates', { query: { limit } });
      if (options.json) return write(io, text);
      const { items, next_cursor: next } = page.parse(JSON.parse(text));
      const columns = [{ title: 'Candidate' }, { title: 'Created' }, { title: 'Name' }];
      const rows = items.map((one) => [
        one.candidate_id,
        shownTime(one.created_at),
        one.display_name ?? '',
      ]);
      await write(io, table(columns, rows, io.columns));
      if (next !== null) io.err('There are more: --limit takes up to 100.\n');
    });

  withServer(group.command('show').description('one candidate, with the latest assessments'))
    .argument('<id>')
    .option('--json', 'as the service answers')
    .action(async (id: string, options: Options) => {
      const text = await createClient(options, io).text('GET', pathOf(id));
      await write(io, options.json ? text : shown(detail.parse(JSON.parse(text)), io.columns));
    });

  withServer(group.command('export').description('everything stored of a person, as JSON'))
    .argument('<id>')
    .option('-o, --output <file>', 'write there instead of to standard output')
    .action(async (id: string, options: Options) => {
      const text = await createClient(options, io).text('GET', `${pathOf(id)}/export`);
      await write(io, text, options.output);
    });

  withServer(group.command('erase').description('erases a person and everything stored of them'))
    .argument('<id>')
    .option('--yes', 'without being asked')
    .action(async (id: string, options: Options) => {
      const client = createClient(options, io);
      const question = `Erase ${id} and everything stored of them in ${client.url}, for ever?`;
      if (!options.yes && !(await io.confirm(question))) {
        throw new CliError('Nothing was erased: say --yes.', exitCodes.usage);
      }
      const headers = { Prefer: 'return=representation', 'Idempotency-Key': io.newId() };
      await write(io, await client.text('DELETE', pathOf(id), { headers }));
    });
}

function shown(one: z.output<typeof detail>, width: number): string {
  const name = one.display_name === null ? '' : `, ${one.display_name}`;
  const columns = [
    { title: 'When' },
    { title: 'Score', right: true },
    { title: 'Type' },
    { title: 'Challenge' },
    { title: 'Assessment' },
  ] as const;
  const rows = one.latest_assessments.map((each) => [
    shownTime(each.timestamp),
    shownScore(each.overall_score),
    each.submission_type,
    each.challenge ?? '',
    each.assessment_id,
  ]);
  const list = rows.length === 0 ? 'No assessments.\n' : table(columns, rows, width);
  return `${one.candidate_id}${name}, since ${shownTime(one.created_at)}\n\n${list}`;
}
