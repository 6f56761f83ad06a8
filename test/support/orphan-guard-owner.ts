/**
 * Starts a guarded process and is killed before the event loop turns once. Arguments: seconds between the guard's
 * signals, and a shell script that is the process.
 */
import { startOrphanGuard } from '#src/storage/embedded-postgres/orphan-guard.ts';

const [, , interval, script] = process.argv;
startOrphanGuard(undefined, Number(interval)).launch('/bin/sh', ['-c', script ?? '']);
process.kill(process.pid, 'SIGKILL');
