/**
 * `node test/bench/submissions.ts [submissions]`: what a new submission of three files costs, by POST, stored. Processor
 * time of the service's threads by what they do, from profiles of the running service. Prints a table of
 * docs/performance.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'node:inspector/promises';
import { createInterface } from 'node:readline';
import type { SourceFile } from '../../src/engine/contract.ts';
import { makeTestDir } from '../support/database.ts';
import { realEngine } from '../support/engine.ts';
import { unlimited } from '../support/unlimited.ts';
import { processorMs } from './processor-time.ts';

const count = Number(process.argv[2] ?? 400);
/** So many that the engine's code is compiled; counted in neither the time nor the profile. */
const WARM_UP = 150;
const AT_ONCE = 4;

interface Frame {
  functionName: string;
  url: string;
}
interface Profile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  /** Microseconds. */
  timeDeltas: number[];
  startTime: number;
  endTime: number;
}

/** What the nearest frame that says it is part of; the first that fits. */
const parts: [string, RegExp][] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['', /^\((idle|root)\)/],
  ['engine: parse', /wasm:\/\/|\/engine\/syntax\/(parse|bounded-parse|copy-tree|detect-language)/],
  ['engine: facts of a file', /\/engine\/syntax\//],
  ['engine: the submission', /\/engine\/(submission|prose)\//],
  ['engine: criteria and result', /\/engine\/(?!pool|fingerprint)/],
  ['telemetry: spans, metrics, log', /@opentelemetry|prom-client|winston|logform|\/telemetry\//],
  ['SQL', /node_modules\/(pg|pg-[a-z-]+|kysely|@mikro-orm|knex)\/|\/storage\/|-store\.ts/],
  ['validation and JSON', /node_modules\/zod|\/src\/json\/|^(parse|stringify) *$/],
  ['limits, cache, breakers', /\/src\/resilience\//],
  ['HTTP', /\/src\/http\/|\/src\/app\.ts|node:_http|koa|router|co-body/],
  ['handling of the submission', /\/src\/features\//],
];

function partOf(frames: Frame[]): string {
  for (const { functionName, url } of frames) {
    const text = `${functionName} ${url}`;
    const part = parts.find(([, pattern]) => pattern.test(text));
    if (part !== undefined) return part[0];
  }
  return 'the rest of Node.js';
}

/** Microseconds by part, of the last so many of the profile. */
function timesOf({ nodes, samples, timeDeltas, startTime, endTime }: Profile, last: number) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const partOfNode = new Map<number, string>();
  for (const { id } of nodes) {
    const frames: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame !== undefined) frames.push(frame);
    }
    partOfNode.set(id, partOf(frames));
  }
  const found = new Map<string, number>();
  let at = startTime;
  for (const [index, sample] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    at += delta;
    if (at < endTime - last) continue;
    const part = partOfNode.get(sample) ?? '';
    found.set(part, (found.get(part) ?? 0) + delta);
  }
  return found;
}

const project = JSON.parse(readFileSync('test/fixtures/submission.json', 'utf8')) as {
  content: { files: { path: string; content: string }[] };
};
const [first, ...others] = project.content.files;
/** Others each time, of as much work: the same submission is judged once. */
const filesOf = (n: number) =>
  [{ ...first, content: `${first?.content}\n# ${n}\n` }, ...others] as SourceFile[];
const submission = (n: number) =>
  JSON.stringify({
    ...project,
    candidate_id: `person-${n % 50}`,
    content: { ...project.content, files: filesOf(n) },
  });

/** The engine's thread is ended without a profile: the same work here. */
async function engineProfile(): Promise<Profile> {
  const run = await realEngine();
  for (let n = 0; n < WARM_UP; n += 1) run({ files: filesOf(n) });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  for (let n = 0; n < count; n += 1) run({ files: filesOf(WARM_UP + n) });
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile as Profile;
}

const dataDir = makeTestDir();
const profiles = makeTestDir();
const profiled = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profiles}`];
const child = spawn(
  process.execPath,
  [...profiled, '--import', './telemetry/start.ts', 'src/main.ts'],
  {
    env: {
      ...process.env,
      ...unlimited,
      API_HOST: '127.0.0.1',
      API_PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'INFO',
      LOG_FORMAT: 'json',
      SHUTDOWN_LEAD_SECONDS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const api = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The service did not start.')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /"api\.url":"(http[^"]+)"/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  let next = 0;
  const post = async (until: number) => {
    while (next < until) {
      const response = await fetch(`${api}/api/v1/assessments`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: submission((next += 1)),
      });
      const text = await response.text();
      if (response.status !== 201) throw new Error(`${response.status} ${text}`);
    }
  };
  const all = (until: number) => Promise.all(Array.from({ length: AT_ONCE }, () => post(until)));
  await all(WARM_UP);
  const before = processorMs(child.pid ?? 0);
  const startedAt = performance.now();
  await all(WARM_UP + count);
  const took = performance.now() - startedAt;
  const cpuMs = (processorMs(child.pid ?? 0) - before) / count;
  child.kill('SIGINT');
  const stopping = performance.now();
  await once(child, 'exit');
  const last = (took + performance.now() - stopping) * 1000;

  const total = new Map<string, number>();
  const add = (profile: Profile, duration: number) => {
    for (const [part, us] of timesOf(profile, duration)) {
      total.set(part, (total.get(part) ?? 0) + us / 1000 / count);
    }
  };
  for (const file of readdirSync(profiles)) {
    add(JSON.parse(readFileSync(join(profiles, file), 'utf8')) as Profile, last);
  }
  add(await engineProfile(), Infinity);
  total.delete('');
  const sum = [...total.values()].reduce((a, b) => a + b, 0);
  const line = (name: string, ms: number) =>
    process.stdout.write(
      `${name.padEnd(34)}${ms.toFixed(2).padStart(8)} ms${((100 * ms) / sum).toFixed(0).padStart(6)} %\n`,
    );
  process.stdout.write(`a submission of three files, ${count} of them, ${AT_ONCE} at once\n`);
  for (const [part, ms] of [...total].toSorted(([, a], [, b]) => b - a)) line(part, ms);
  process.stdout.write(
    `${`${cpuMs.toFixed(1)} ms of processor time each, all threads`.padEnd(48)}${(1000 / cpuMs).toFixed(0)} a second for a core\n`,
  );
} finally {
  child.kill('SIGKILL');
  for (const dir of [dataDir, profiles]) rmSync(dir, { recursive: true, force: true });
}
