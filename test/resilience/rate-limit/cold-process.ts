/**
 * One process of a fleet on its first requests: `cold-process.ts <redis url> <requests> <instances>`.
 * Wired as the service is, with its breaker and its deadline of 50 ms. Says `ready`, waits for a line, asks
 * for one address in one burst, and prints how many each backend admitted, and what failed.
 */
import { once } from 'node:events';
import { addressPolicies } from '#src/compose/limit-policies.ts';
import { createSubjects, type Subject } from '#src/resilience/rate-limit/subject.ts';
import { wiredLimiter } from './real-limiter.ts';

const [, , url = '', requests = '200', instances = '2'] = process.argv;
const policies = addressPolicies({
  perMinute: 60,
  perHour: 1000,
  mode: 'enforce',
  instances: Number(instances),
});
const subjects = createSubjects({ secret: 'fleet', policies, trustedProxies: [] });
const subject = subjects.ofAddress('203.0.113.7') as Subject;
const { limiter, failures } = await wiredLimiter(url);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const decisions = await Promise.all(
  Array.from({ length: Number(requests) }, async (_, i) => {
    // As sockets are: some in each callback, some in each turn.
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    return limiter.decide(subject, 1);
  }),
);
const by = (backend: string) =>
  decisions.filter((d) => d.outcome === 'admitted' && d.backend === backend).length;
const result = { redis: by('redis'), memory: by('memory'), failures: [...new Set(failures)] };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
