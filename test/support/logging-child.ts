/**
 * A process that logs as many lines as it is told over its IPC channel, and says what became of them:
 * what full disks and dead readers do to a process can be seen only from outside.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';

const log = createLogger({
  level: 'info',
  serviceVersion: '0.0.0',
  environment: 'testing',
  logDir: process.env['LOG_DIR'],
});
/** Lines between two turns of the event loop, as a busy service has them. */
const PER_TURN = 100;
let next = 0;

async function write(count: number): Promise<void> {
  for (const end = next + count; next < end; next++) {
    log.info('counted', { n: next, always: true });
    if (next % PER_TURN === PER_TURN - 1) await turn();
  }
}

async function answer(command: { write?: number; close?: true }): Promise<void> {
  await write(command.write ?? 0);
  if (command.close === true) await log.close();
  const { body } = await renderMetrics(undefined);
  const dropped = (sink: string) =>
    Number(new RegExp(`^log_lines_dropped_total\\{sink="${sink}"\\} (\\d+)$`, 'm').exec(body)?.[1]);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const report = {
    trouble: log.trouble(),
    dropped: { stdout: dropped('stdout'), file: dropped('file') },
    bytes: heapUsed + external,
  };
  process.send?.(report);
  if (command.close === true) process.disconnect?.();
}

process.on('message', (command: Parameters<typeof answer>[0]) => void answer(command));
