/**
 * One process of a fleet: `replica.ts <redis url> <requests> <concurrency>`. Asks for one address under
 * 60 a minute and 1,000 an hour, and prints how many were admitted.
 */
import type { Subject } from '#src/resilience/rate-limit/subject.ts';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import { realLimiter } from './real-limiter.ts';
import { usual } from './subjects.ts';

const [, , url = '', requests = '500', concurrency = '16'] = process.argv;
const subjects = createSubjects({ secret: 'fleet', policies: usual, trustedProxies: [] });
const subject = subjects.ofAddress('203.0.113.7') as Subject;
const { limiter, close } = await realLimiter(url);
let left = Number(requests);
let admitted = 0;
const client = async () => {
  while (left > 0) {
    left -= 1;
    const { outcome } = await limiter.decide(subject, 1);
    if (outcome === 'admitted') admitted += 1;
  }
};
await Promise.all(Array.from({ length: Number(concurrency) }, client));
process.stdout.write(`${admitted}\n`);
await close();
// The timer of its last deadline would keep it for as long as that is.
process.exit();
