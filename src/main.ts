/** The API process; with `WEB_CONCURRENCY`, the one that starts so many, and each of those. */
import { runProcess } from './run-process.ts';
import { serve } from './serve.ts';

await runProcess(serve);
