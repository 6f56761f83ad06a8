import type { Command } from 'commander';
import { z } from 'zod';
import { showAnswer, withAnswer, type AnswerOptions } from '../answer.ts';
import type { Io } from '../io.ts';
import { shownTime, table } from '../text.ts';

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

const ADMIN = '/api/v1/admin/jobs';
const pathOf = (id: string) => `/api/v1/assessments/jobs/${encodeURIComponent(id)}`;

export function addJobs(program: Command, io: Io): void {
  const group = program
    .command('jobs')
    .summary('background work: show, cancel, retry')
    .description('Assessments that outlive their request, in a service.');
  const add = (name: string, description: string, ask: (id: string) => [string, string]) =>
    withAnswer(group.command(name).description(description))
      .argument('<job_id>')
      .action(async (id: string, options: AnswerOptions) => {
        const [method, path] = ask(id);
        await showAnswer(io, options, { method, path, schema: job, shown: shownOne });
      });
  add('show', 'how a job stands', (id) => ['GET', pathOf(id)]);
  add('cancel', 'ends a job, of which nothing is stored', (id) => ['DELETE', pathOf(id)]);
  add('retry', 'runs a dead job again (administrators)', (id) => [
    'POST',
    `${ADMIN}/${encodeURIComponent(id)}/retry`,
  ]);
  withAnswer(
    group.command('dead').description('jobs that failed at every attempt (administrators)'),
  ).action(async (options: AnswerOptions) => {
    await showAnswer(io, options, { path: `${ADMIN}/dead`, schema: page, shown: shownDead });
  });
}

const shownOne = (one: Job, width: number) => shown([one], width);
const shownDead = ({ items }: z.output<typeof page>, width: number) =>
  items.length === 0 ? 'No job is dead.' : shown(items, width);

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
