import { randomUUIDv7 } from 'node:crypto';
import { processIo } from './io.ts';
import { run } from './program.ts';

// A reader that has seen enough (`| head`) closes the pipe.
process.stdout.on('error', () => process.exit(0));
process.exitCode = await run(process.argv.slice(2), processIo(randomUUIDv7));
