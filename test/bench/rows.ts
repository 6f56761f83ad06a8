/**
 * `npm run bench:rows [rows]`: what reads cost with a hundredth of the rows and with all of them, in one run, and the
 * erasure of a person among as many keys in Redis. Medians of requests one after the other, from the client's side:
 * only the ratios mean something. The rows are generated, and the answers come from PostgreSQL, never from the cache.
 */
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { ownDatabase } from '../support/own-service.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { median } from './percentile.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const few = rows / 100;
const REQUESTS = 25;
/** Rows that one statement writes. */
const PART = 50_000;
/** Assessments of the candidate who has the most. */
const HEAVY = 10_000;

const cleanup = new AsyncDisposableStack();
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Assessments `from` to `to - 1`, of people with ten each, but for every other of the first 20,000: those are one person's. */
async function generate(sql: Client, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += PART) {
    const range = [at, Math.min(to, at + PART) - 1];
    const score = '((n::bigint * 7919) % 1000 / 10.0)::float8';
    const person = `case when n < ${2 * HEAVY} and n % 2 = 0 then 'heavy' else 'c' || n / 10 end`;
    await sql.query(
      `insert into candidates (id, initial_data, created_at)
       select distinct ${person}, '{}'::jsonb, now() from generate_series($1::int, $2::int) n on conflict do nothing`,
      range,
    );
    await sql.query(
      `insert into assessments (id, candidate_id, submission_type, challenge, overall_score, path_scores, confidence, ruler, input_sha256, created_at, input, result)
       select 'assess_01999999-9999-7999-9999-' || lpad(n::text, 12, '0'), ${person}, 'code', 'task ' || n % 500,
         case when n % 9 > 0 then ${score} end, array_fill(case when n % 9 > 0 then ${score} end, array[5]), 0.7, 'r', md5(n::text),
         timestamptz '2025-01-01' + n * interval '1 second', '{}', '{}'
       from generate_series($1::int, $2::int) n`,
      range,
    );
    const part = `(select * from assessments where id between 'assess_01999999-9999-7999-9999-' || lpad($1::int::text, 12, '0')
      and 'assess_01999999-9999-7999-9999-' || lpad($2::int::text, 12, '0')) part`;
    await sql.query(
      `insert into assessment_path_scores (assessment_id, path, score, confidence, challenge)
       select id, path, overall_score, 0.7, challenge from ${part},
         unnest(array['technical', 'design', 'collaboration', 'problem_solving', 'communication']) path`,
      range,
    );
    await sql.query(
      `insert into assessment_labels (assessment_id, label, score, created_at)
       select id, 'class ' || hashtext(id) % 200, overall_score, created_at from ${part}`,
      range,
    );
  }
  await sql.query('vacuum analyze');
}

const page = 'limit=20';
const middle = (count: number) => new Date(Date.UTC(2025, 0, 1) + count * 500).toISOString();
/** Of as many rows; the last query of each differs, so that nothing is answered from the cache. */
const reads: Record<string, (count: number, n: number) => string> = {
  'assessments, the newest': () => `assessments?${page}`,
  'assessments, from the middle on': (count) =>
    `assessments?${page}&to=${encodeURIComponent(middle(count))}`,
  'assessments, best first': () => `assessments?${page}&sort=-score`,
  'assessments of a challenge, best first': () =>
    `assessments?${page}&challenge=task%207&sort=-score`,
  'assessments with a label': () => `assessments?${page}&label=class%207`,
  'assessments by a path, best first': () => `assessments?${page}&path=design&sort=-score`,
  'assessments of a candidate': () => `assessments?${page}&candidate_id=c9`,
  candidates: () => `candidates?${page}`,
  'statistics of a candidate with ten': (_, n) =>
    `candidates/c9/stats?from=${encodeURIComponent(new Date(n).toISOString())}`,
};
const heavyReads: Record<string, (count: number, n: number) => string> = {
  [`statistics of a candidate with ${HEAVY.toLocaleString('en')}`]: (_, n) =>
    `candidates/heavy/stats?from=${encodeURIComponent(new Date(n).toISOString())}`,
  [`a page of a candidate with ${HEAVY.toLocaleString('en')}`]: () =>
    `assessments?${page}&candidate_id=heavy&sort=-score`,
};

let asked = 0;

async function medianMs(api: string, pathOf: (n: number) => string): Promise<number> {
  const taken: number[] = [];
  for (let round = -3; round < REQUESTS; round += 1) {
    const path = `${api}/api/v1/${pathOf((asked += 1))}`;
    const startedAt = performance.now();
    const response = await fetch(path);
    const text = await response.text();
    if (round >= 0) taken.push(performance.now() - startedAt);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  }
  return median(taken);
}

async function measure(api: string, asks: typeof reads, count: number) {
  const found = new Map<string, number>();
  for (const [name, pathOf] of Object.entries(asks)) {
    found.set(name, await medianMs(api, (n) => pathOf(count, n)));
  }
  return found;
}

/** As many keys as there are rows, in the form of entries of the cache. */
async function fillRedis(client: Redis): Promise<void> {
  for (let at = 0; at < rows; at += 10_000) {
    const pipeline = client.pipeline();
    for (let n = at; n < Math.min(rows, at + 10_000); n += 1) {
      pipeline.set(`sono-eval:cache:2:entry:filler:${n}`, 'x'.repeat(64), 'PX', 3_600_000);
    }
    await pipeline.exec();
  }
}

async function erasureMs(api: string, id: string): Promise<number> {
  const json = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ candidate_id: id, initial_data: {} });
  await fetch(`${api}/api/v1/candidates`, { method: 'POST', headers: json, body });
  for (const path of ['', '/stats'])
    await (await fetch(`${api}/api/v1/candidates/${id}${path}`)).text();
  const startedAt = performance.now();
  const response = await fetch(`${api}/api/v1/candidates/${id}`, { method: 'DELETE' });
  await response.text();
  if (!response.ok) throw new Error(`DELETE: ${response.status}`);
  return performance.now() - startedAt;
}

async function erasures(api: string, name: string): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < 9; n += 1) taken.push(await erasureMs(api, `${name}-${n}`));
  return median(taken);
}

try {
  const database = await ownDatabase(cleanup);
  const redis = await startRedisServer();
  cleanup.defer(() => redis.stop());
  const client = new Redis(redis.url);
  cleanup.defer(() => client.disconnect());
  const service = await startServiceProcess({
    APP_ENV: 'testing',
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    REDIS_URL: redis.url,
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_PER_HOUR: '10000000',
  });
  cleanup.defer(() => service.stop());
  const { apiUrl } = service;
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  cleanup.defer(() => sql.end());

  const header =
    `${few.toLocaleString('en')} rows`.padStart(14) +
    `${rows.toLocaleString('en')} rows`.padStart(18);
  await generate(sql, 0, few);
  const before = await measure(apiUrl, reads, few);
  const fewKeys = await erasures(apiUrl, 'before');
  await generate(sql, few, rows);
  await fillRedis(client);
  const after = await measure(apiUrl, reads, rows);
  const manyKeys = await erasures(apiUrl, 'after');
  say(`${'median of a request'.padEnd(48)}${header}     ratio`);
  for (const [name, ms] of [...before, ['erasure of a person', fewKeys] as const]) {
    const now = after.get(name) ?? manyKeys;
    say(
      `${name.padEnd(48)}${`${ms.toFixed(1)} ms`.padStart(14)}${`${now.toFixed(1)} ms`.padStart(18)}${(now / ms).toFixed(2).padStart(10)}`,
    );
  }
  for (const [name, ms] of await measure(apiUrl, heavyReads, rows)) {
    say(`${name.padEnd(48)}${''.padStart(14)}${`${ms.toFixed(1)} ms`.padStart(18)}`);
  }
  const scans = /cmdstat_scan:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? '0';
  say(`calls of SCAN in Redis, ${rows.toLocaleString('en')} keys`.padEnd(48) + scans.padStart(32));
} finally {
  await cleanup.disposeAsync();
}
