/**
 * `npm run bench [seconds] [rounds]`: the whole guarded stack against bare Koa, in turns within one
 * run, as ratios of medians; the time from start to ready. Machines are noisy: only the ratios mean something.
 */
import { readFileSync, rmSync } from 'node:fs';
import { makeTestDir } from '../support/database.ts';
import { requestsPerSecond, type Target } from './load.ts';
import { median } from './percentile.ts';
import { startBareKoa, startService } from './processes.ts';

const [, , secondsText = '4', roundsText = '3'] = process.argv;
const seconds = Number(secondsText);
const rounds = Number(roundsText);

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value}\n`);
}

const dataDir = makeTestDir();
const first = await startService({ DATA_DIR: dataDir, LOG_LEVEL: 'INFO' });
await first.stop();
const service = await startService({ DATA_DIR: dataDir, LOG_LEVEL: 'INFO' });
try {
  print('start to ready, first time (initdb included)', `${Math.round(first.readyMs)} ms`);
  print('start to ready, again', `${Math.round(service.readyMs)} ms`);
  await compareWithKoa();
  await assessments();
} finally {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function compareWithKoa(): Promise<void> {
  const candidate = JSON.stringify({ candidate_id: 'bench', initial_data: {} });
  await fetch(`${service.url}/api/v1/candidates`, {
    method: 'POST',
    body: candidate,
    headers: { 'Content-Type': 'application/json' },
  });
  const cases: [string, Omit<Target, 'url'> & { path: string }][] = [
    ['GET through the whole stack', { path: '/api/v1/errors', status: 200 }],
    ['GET with one query', { path: '/api/v1/candidates/bench/stats', status: 200 }],
    [
      'POST read, parsed and refused by its schema',
      { path: '/api/v1/candidates', method: 'POST', body: '{"candidate_id":"a b"}', status: 422 },
    ],
  ];
  for (const [name, { path, ...target }] of cases) {
    const answer = await fetch(service.url + path, {
      method: target.method ?? 'GET',
      headers: { 'Content-Type': 'application/json' },
      ...(target.body === undefined ? {} : { body: target.body }),
    });
    const bare = await startBareKoa(await answer.text());
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const koa = await requestsPerSecond({ ...target, url: bare.url, status: 200 }, seconds);
      const own = await requestsPerSecond({ ...target, url: service.url + path }, seconds);
      // The first round warms both up.
      if (round > 0) theirs.push(koa);
      if (round > 0) ours.push(own);
    }
    await bare.stop();
    const [own, koa] = [median(ours), median(theirs)];
    print(
      name,
      `${(own / koa).toFixed(2)} of bare Koa (${Math.round(own)}/s of ${Math.round(koa)}/s)`,
    );
  }
}

async function assessments(): Promise<void> {
  const body = readFileSync('test/fixtures/submission.json', 'utf8');
  const rate = await requestsPerSecond(
    { url: `${service.url}/api/v1/assessments`, method: 'POST', body, status: 201 },
    seconds,
  );
  print('POST of an assessment, stored (3 files)', `${rate.toFixed(1)}/s`);
}
