import type { Command } from 'commander';
import { z } from 'zod';
import { showAnswer, withAnswer, type AnswerOptions } from '../answer.ts';
import { createClient } from '../client.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { withServer } from '../options.ts';
import { write } from '../output.ts';
import { shownScore } from '../show-result.ts';
import { shownTime, table } from '../text.ts';

interface Options extends AnswerOptions {
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

export function addCandidate(program: Command, io: Io): void {
  const group = program
    .command('candidate')
    .summary('people: list, show, export, erase')
    .description('People whose work is assessed, in a service.');

  withAnswer(group.command('list').description('the candidates, by name'))
    .option('--limit <n>', 'at most so many', '50')
    .action(async (options: Options) => {
      const { limit } = options;
      const question = { path: '/api/v1/candidates', query: { limit }, schema: page };
      const answer = await showAnswer(io, options, { ...question, shown: shownPage });
      if (typeof answer?.next_cursor === 'string') {
        io.err('There are more: --limit takes up to 100.\n');
      }
    });

  withAnswer(group.command('show').description('one candidate, with the latest assessments'))
    .argument('<id>')
    .action(async (id: string, options: Options) => {
      await showAnswer(io, options, { path: pathOf(id), schema: detail, shown });
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

function shownPage({ items }: z.output<typeof page>, width: number): string {
  const columns = [{ title: 'Candidate' }, { title: 'Created' }, { title: 'Name' }];
  const rows = items.map((one) => [
    one.candidate_id,
    shownTime(one.created_at),
    one.display_name ?? '',
  ]);
  return table(columns, rows, width);
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
