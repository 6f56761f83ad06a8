/** The worker process. */
import { startWorker } from './compose/worker.ts';
import { runProcess } from './run-process.ts';

await runProcess(async (config, { signal, asked }, onLog) => {
  const worker = await startWorker(config, signal, undefined, onLog);
  worker.log.info('The worker is ready', { metrics_port: worker.metricsPort });
  await asked;
  await worker.stop();
});
