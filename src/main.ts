/** The API process; with `WEB_CONCURRENCY`, the one that starts so many, and each of those. */
import cluster from 'node:cluster';
import { runProcess } from './run-process.ts';
import { serve, serveWithOthers } from './serve.ts';

await runProcess(cluster.isWorker ? serveWithOthers : serve);
