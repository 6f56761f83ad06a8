import type { Command } from 'commander';
import { z } from 'zod';
import { createClient, type ServerOptions } from '../client.ts';
import type { Io } from '../io.ts';
import { withServer } from '../options.ts';
import { write } from '../output.ts';
import { table } from '../text.ts';
import { shownTime } from './candidate.ts';

type Options = ServerOptions & { json?: true };

const job = z.object({
  job_id: z.string(),
  status: z.string(),
  progress: z.number(),
  attempts: z.int(),
  assessment_id: z.string(),
  candidate_id: z.string().nullable(),
  created_at: z.string(),
  problem: z.object({ detail: z.string() }).optional(),
});
type Job = z.output<typeof job>;
const page = z.object({ items: z.array(job) });

const pathOf = (id: string) => `/api/v1/assessments/jobs/${encodeURIComponent(id)}`;

export function addJobs(program: Command, io: Io): void {
  const group = program
    .command('jobs')
    .summary('background work: show, cancel, retry')
    .description('Assessments that outlive their request, in a service.');
  const add = (
    name: string,
    description: string,
    ask: (options: Options, id: string) => Promise<string>,
  ) =>
    withServer(group.command(name).description(description))
      .argument('<job_id>')
      .option('--json', 'as the service answers')
      .action(async (id: string, options: Options) => {
        const text = await ask(options, id);
        await write(io, options.json ? text : shown([job.parse(JSON.parse(text))], io.columns));
      });
  const ask = (method: string, path: (id: string) => string) => (options: Options, id: string) =>
    createClient(options, io).text(method, path(id));
  add('show', 'how a job stands', ask('GET', pathOf));
  add('cancel', 'ends a job, of which nothing is stored', ask('DELETE', pathOf));
  add(
    'retry',
    'runs a dead job again (administrators)',
    ask('POST', (id) => `/api/v1/admin/jobs/${encodeURIComponent(id)}/retry`),
  );
  withServer(
    group.command('dead').description('jobs that failed at every attempt (administrators)'),
  )
    .option('--json', 'as the service answers')
    .action(async (options: Options) => {
      const text = await createClient(options, io).text('GET', '/api/v1/admin/jobs/dead');
      if (options.json) return write(io, text);
      const { items } = page.parse(JSON.parse(text));
      await write(io, items.length === 0 ? 'No job is dead.' : shown(items, io.columns));
    });
}

function shown(jobs: readonly Job[], width: number): string {
  const columns = [
    { title: 'Job' },
    { title: 'Status' },
    { title: 'Done', right: true },
    { title: 'Created' },
    { title: 'Candidate, or what went wrong' },
  ] as const;
  const rows = jobs.map((one) => [
    one.job_id,
    one.status,
    `${one.progress} %`,
    shownTime(one.created_at),
    one.problem?.detail ?? one.candidate_id ?? '',
  ]);
  return table(columns, rows, width);
}
