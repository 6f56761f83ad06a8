import type { Command } from 'commander';
import { z } from 'zod';
import { createClient, namedServer, type Client, type ServerOptions } from '../client.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import type { Advance, Io } from '../io.ts';
import { candidateOf, requestOf, type AssessOptions } from '../judged.ts';
import { maxBytes } from '../limits.ts';
import { judge, readTexts, withEngine } from '../locally.ts';
import { withJudging, withServer } from '../options.ts';
import { write } from '../output.ts';
import { packClass, type Packed } from '../pack.ts';
import { poll, sendFiles } from '../remotely.ts';
import { shownScore } from '../show-result.ts';
import { table } from '../text.ts';
import { missed, readThreshold, type Threshold } from '../thresholds.ts';

interface Options extends AssessOptions, ServerOptions {
  local?: true;
  json?: true;
  output?: string;
  failUnder?: string[];
}

const row = z.object({
  candidate_id: z.string(),
  assessment_id: z.string().nullable(),
  overall_score: z.number().nullable(),
  path_scores: z.array(z.object({ path: z.string(), overall_score: z.number().nullable() })),
  problem: z.string().nullable(),
});
type Row = z.output<typeof row>;

export function addBatch(program: Command, io: Io): void {
  const command = program
    .command('batch')
    .summary('a class: a folder or archive with a folder for each')
    .description(
      'Each folder of a folder or of an archive (as Moodle and other course systems give it out) is the submission of the candidate that it is named after.',
    )
    .argument('<class>', 'folder, ZIP or tar.gz')
    .option('--local', 'on this machine, whatever SONO_EVAL_URL says')
    .option('--json', 'an array with a row for each candidate')
    .option('-o, --output <file>', 'write there instead of to standard output');
  withServer(withJudging(command), 'this machine').action((name: string, options: Options) =>
    batch(name, options, io),
  );
}

async function batch(name: string, options: Options, io: Io): Promise<void> {
  const thresholds = (options.failUnder ?? []).map(readThreshold);
  const packed = await packClass(name, { cwd: io.cwd, maxBytes: maxBytes(io) });
  const isLocal = options.local || namedServer(options, io) === undefined;
  const rows = await io.progress('Assessing the class', (advance) =>
    isLocal
      ? onThisMachine(packed, options, io, advance)
      : byService(createClient(options, io), packed, options, io, advance),
  );
  const text = options.json ? JSON.stringify(rows, null, 2) : tableOf(rows, io.columns);
  await write(io, text, options.output);
  judgeRows(rows, thresholds);
}

function judgeRows(rows: readonly Row[], thresholds: readonly Threshold[]): void {
  const failed = rows.filter(({ problem }) => problem !== null);
  if (failed.length > 0) {
    const names = failed.map(({ candidate_id: id }) => id).join(', ');
    throw new CliError(`${failed.length} of ${rows.length} could not be assessed: ${names}.`);
  }
  const below = rows.flatMap((one) =>
    missed(one, thresholds).map((sentence) => `${one.candidate_id}: ${sentence}`),
  );
  if (below.length > 0) throw new CliError(below.join('\n'), exitCodes.belowThreshold);
}

/** Its place in a service, or why there is no score. */
function noteOf({ assessment_id: id, overall_score: score, problem }: Row): string {
  if (problem !== null) return problem;
  const parts = [...(id === null ? [] : [id]), ...(score === null ? ['too little to judge'] : [])];
  return parts.join(', ');
}

function tableOf(rows: readonly Row[], width: number): string {
  const columns = [
    { title: 'Candidate' },
    { title: 'Score', right: true },
    { title: 'Assessment' },
  ] as const;
  const sorted = rows.toSorted((a, b) => (b.overall_score ?? -1) - (a.overall_score ?? -1));
  return table(
    columns,
    sorted.map((one) => [one.candidate_id, shownScore(one.overall_score), noteOf(one)]),
    width,
  );
}

async function onThisMachine(
  packed: Packed,
  options: Options,
  io: Io,
  advance: Advance,
): Promise<Row[]> {
  const folders = await readTexts(packed, { split: true, maxBytes: maxBytes(io) });
  const rows: Row[] = [];
  await withEngine(folders.length, async (engine) => {
    const open = [...folders];
    const work = async () => {
      for (let next = open.shift(); next !== undefined; next = open.shift()) {
        const candidate = candidateOf(next.name);
        try {
          const { result } = await judge(engine, options, { ...next, name: candidate }, io);
          rows.push(row.parse({ ...result, assessment_id: null, problem: null }));
        } catch (error) {
          if (!(error instanceof CliError)) throw error;
          rows.push(failedRow(candidate, error.message));
        }
        advance((100 * rows.length) / folders.length, `${rows.length} of ${folders.length}`);
      }
    };
    await Promise.all(Array.from({ length: engine.threads }, work));
  });
  return rows;
}

function failedRow(candidate: string, problem: string): Row {
  return {
    candidate_id: candidate,
    assessment_id: null,
    overall_score: null,
    path_scores: [],
    problem,
  };
}

/** Of a batch. */
const MOST_ITEMS = 100;

const accepted = z.object({ status_url: z.string() });
const standing = z.object({
  status: z.enum(['processing', 'completed']),
  progress: z.number(),
  items: z.array(
    z.object({
      assessment_id: z.string(),
      candidate_id: z.string().nullable(),
      status: z.string(),
      problem: z.object({ detail: z.string() }).optional(),
    }),
  ),
});

type Item = z.output<typeof standing>['items'][number];

async function byService(
  client: Client,
  packed: Packed,
  options: Options,
  io: Io,
  advance: Advance,
): Promise<Row[]> {
  const files = await sendFiles(client, io, packed, { split: 'folders' });
  const rows: Row[] = [];
  for (let from = 0; from < files.length; from += MOST_ITEMS) {
    const items = files
      .slice(from, from + MOST_ITEMS)
      .map(({ filename, file_id: id }) =>
        requestOf(options, candidateOf(filename), { file_ids: [id] }),
      );
    const headers = { 'Idempotency-Key': io.newId() };
    const body = { items };
    const path = '/api/v1/assessments/batch';
    const { status_url: url } = await client.json('POST', path, accepted, { body, headers });
    const done = await poll(io, async () => {
      const now = await client.json('GET', url, standing);
      const share = (from + (items.length * now.progress) / 100) / files.length;
      advance(100 * share, `${from + items.length} of ${files.length} sent`);
      return now.status === 'completed' ? now : undefined;
    });
    const scored = await summariesOf(client, done.items);
    rows.push(...done.items.map((item) => rowOf(item, scored.get(item.assessment_id))));
  }
  return rows;
}

const summary = row.omit({ problem: true });
const page = z.object({ items: z.array(summary), next_cursor: z.string().nullable() });
/** Other assessments may have been made meanwhile. */
const MOST_PAGES = 20;

/** A page of a hundred costs a caller as much of its limit as one result. */
async function summariesOf(client: Client, items: readonly Item[]) {
  const wanted = new Set(
    items.filter(({ status }) => status === 'completed').map(({ assessment_id: id }) => id),
  );
  const found = new Map<string, z.output<typeof summary>>();
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES && found.size < wanted.size; pages += 1) {
    const query = { limit: String(MOST_ITEMS), cursor };
    const list = await client.json('GET', '/api/v1/assessments', page, { query });
    for (const one of list.items) {
      if (wanted.has(one.assessment_id ?? '')) found.set(one.assessment_id ?? '', one);
    }
    if (list.next_cursor === null) break;
    cursor = list.next_cursor;
  }
  return found;
}

function rowOf(
  { candidate_id: candidate, status, problem }: Item,
  scored: z.output<typeof summary> | undefined,
): Row {
  if (scored !== undefined) return { ...scored, problem: null };
  return failedRow(candidate ?? '?', problem?.detail ?? `its job is ${status}`);
}
