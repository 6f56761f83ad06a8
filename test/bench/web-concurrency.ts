/**
 * `node test/bench/web-concurrency.ts [seconds] [rounds] [processes]`: several processes behind one port against one, in
 * turns within one run, without Redis: limits are counted by the primary. Times as much as one answers shows only where
 * the load has as many cores again; what a request costs shows everywhere: as long as it costs the processes together what it
 * costs one, they answer so many times as much, until the primary has no time left.
 */
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { makeTestDir } from '../support/database.ts';
import { requestsPerSecond } from './load.ts';
import { median } from './percentile.ts';
import { startService, type Started } from './processes.ts';
import { processorMs } from './processor-time.ts';

const [, , secondsText = '4', roundsText = '5', processesText = '2'] = process.argv;
const seconds = Number(secondsText);
const rounds = Number(roundsText);
const processes = Number(processesText);
/** Of the number of processes; of what a request costs one process, in all of them and in the primary. */
const goals = { rate: 0.85, cost: 1.2, primary: 0.25 };

/** Of the service, without its database. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((child) => child !== '')
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('main.ts'));
}

const sum = (numbers: number[]) => numbers.reduce((all, each) => all + each, 0);

/** Requests a second, and milliseconds of each process for a request. */
async function load({ url }: Started, pids: readonly number[]) {
  const before = pids.map(processorMs);
  const rate = await requestsPerSecond({ url: `${url}/api/v1/errors`, status: 200 }, seconds);
  const costs = pids.map((pid, i) => (processorMs(pid) - (before[i] ?? 0)) / (rate * seconds));
  return { rate, costs };
}

function print(name: string, value: number, of: string, goal: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value.toFixed(2)} of ${of} (goal ${goal})\n`);
}

const dataDirs = [makeTestDir(), makeTestDir()] as const;
const one = await startService({ DATA_DIR: dataDirs[0] });
const many = await startService({ DATA_DIR: dataDirs[1], WEB_CONCURRENCY: String(processes) });
try {
  const found: Record<keyof typeof goals, number[]> = { rate: [], cost: [], primary: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const alone = await load(one, [one.pid]);
    const { rate, costs } = await load(many, [many.pid, ...childrenOf(many.pid)]);
    // The first round warms both up.
    if (round === 0) continue;
    const [primary = 0, ...members] = costs;
    found.rate.push(rate / alone.rate);
    found.cost.push(sum(members) / sum(alone.costs));
    found.primary.push(primary / sum(alone.costs));
  }
  const cores = availableParallelism();
  const rateCounts = cores >= 2 * (processes + 1);
  const rateGoal = `${(goals.rate * processes).toFixed(2)}${rateCounts ? '' : `, not on ${cores} cores`}`;
  const rate = median(found.rate);
  const cost = median(found.cost);
  const primary = median(found.primary);
  print(`GET through the whole stack, ${processes} processes`, rate, 'one', rateGoal);
  print('processor time of a request, all processes', cost, 'one', String(goals.cost));
  print('and in the primary', primary, 'one', String(goals.primary));
  const isSlow = rateCounts && rate < goals.rate * processes;
  if (isSlow || cost > goals.cost || primary > goals.primary) process.exitCode = 1;
} finally {
  await one.stop();
  await many.stop();
  for (const dir of dataDirs) rmSync(dir, { recursive: true, force: true });
}
