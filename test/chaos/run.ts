/**
 * All experiments, one after the other: `npm run chaos [names]`. Ends with 1 when a promise was broken, and with the
 * experiment that runs when it is told to stop.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Name, arguments of its own, and whether it asks for garbage collections. */
const experiments: readonly { name: string; args?: readonly string[]; collects?: true }[] = [
  { name: 'rate-limit', collects: true },
  { name: 'circuit-breaker' },
  { name: 'frozen-postgres' },
  { name: 'postgres-crash' },
  { name: 'overload' },
  { name: 'saturation' },
  { name: 'many-clients' },
  { name: 'restarts', args: ['haproxy'] },
  { name: 'cache', collects: true },
  { name: 'login-times' },
  { name: 'not-found-times' },
  { name: 'fuzz' },
  { name: 'uploads' },
  { name: 'jobs' },
  { name: 'gaming' },
  { name: 'job-recovery' },
  { name: 'job-streams' },
  { name: 'similarity' },
  { name: 'image' },
  { name: 'cluster' },
  { name: 'point-in-time' },
  { name: 'release-before' },
];

const wanted = process.argv.slice(2);
const chosen = experiments.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
let failed = chosen.length === 0;

for (const { name, args = [], collects } of chosen) {
  process.stdout.write(`\n${name}\n`);
  const flags = ['--import', './telemetry/start.ts', ...(collects === true ? ['--expose-gc'] : [])];
  const child = spawn(process.execPath, [...flags, `test/chaos/${name}.ts`, ...args], {
    stdio: 'inherit',
  });
  const stop = () => {
    child.kill('SIGTERM');
    process.exit(1);
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGTERM', stop).off('SIGINT', stop);
  if (code !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;
