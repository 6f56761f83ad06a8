/**
 * `node test/bench/web-concurrency.ts [seconds] [rounds] [processes]`: how many times as much several processes behind
 * one port answer as one, in turns within one run, without Redis: limits are counted by the primary. The load has cores
 * to itself only where there are as many again, so the goal holds there alone.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { makeTestDir } from '../support/database.ts';
import { median, requestsPerSecond } from './load.ts';
import { startService } from './processes.ts';

const [, , secondsText = '4', roundsText = '5', processesText = '2'] = process.argv;
const seconds = Number(secondsText);
const processes = Number(processesText);
/** Of the number of processes. */
const GOAL = 0.85;

const dataDirs = [makeTestDir(), makeTestDir()] as const;
const one = await startService({ DATA_DIR: dataDirs[0] });
const many = await startService({ DATA_DIR: dataDirs[1], WEB_CONCURRENCY: String(processes) });
try {
  const path = '/api/v1/errors';
  const ratios: number[] = [];
  for (let round = 0; round <= Number(roundsText); round += 1) {
    const alone = await requestsPerSecond({ url: one.url + path, status: 200 }, seconds);
    const together = await requestsPerSecond({ url: many.url + path, status: 200 }, seconds);
    // The first round warms both up.
    if (round > 0) ratios.push(together / alone);
  }
  const ratio = median(ratios);
  const cores = availableParallelism();
  const counts = cores >= 2 * (processes + 1);
  const goal = `goal ${(GOAL * processes).toFixed(2)}${counts ? '' : `, not on ${cores} cores`}`;
  process.stdout.write(
    `${`GET through the whole stack, ${processes} processes`.padEnd(58)} ${ratio.toFixed(2)} of one (${goal})\n`,
  );
  if (counts && ratio < GOAL * processes) process.exitCode = 1;
} finally {
  await one.stop();
  await many.stop();
  for (const dir of dataDirs) rmSync(dir, { recursive: true, force: true });
}
