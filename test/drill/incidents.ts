/** The five incidents: how each begins and ends, what is expected of it and why. */
import type { Expectation } from './evidence.ts';
import type { DrillStack } from './stack.ts';
import type { TraceSpan } from './traces.ts';
import { flood } from './traffic.ts';

export interface Incident {
  name: string;
  /** Breaks something. @returns mends it */
  begin(stack: DrillStack): Promise<() => Promise<void>>;
  /** At least so long; and until a minute after the notification. */
  lastsS: number;
  expects: Expectation;
  /** Fields of the log line that an operator looks for. */
  logLine: Record<string, RegExp>;
  /** Whether a span says what broke. */
  isCause: (span: TraceSpan) => boolean;
}

/** The first requests after the end of a server see that, the others that there is none. */
const REFUSED = /ECONNREFUSED|ECONNRESET|closed by the other side/;

function says(span: TraceSpan, attribute: string, pattern: RegExp): boolean {
  const value = span.attributes[attribute];
  return pattern.test(
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '',
  );
}

const dependency = (span: TraceSpan, name: string) =>
  says(span, 'db.system.name', new RegExp(`^${name}$`)) ||
  says(span, 'dependency.name', new RegExp(`^${name}$`));

const refusedBy = (name: string) => (span: TraceSpan) =>
  span.failed &&
  dependency(span, name) &&
  (says(span, 'error.type', REFUSED) || says(span, 'error.cause', REFUSED));

/** @param scrapeS seconds between two scrapes: what is measured later is told later, by up to two of them */
export function incidents(scrapeS: number): Incident[] {
  const later = 2 * Math.max(0, scrapeS - 15);
  const page = { receiver: 'pager', withinS: 120 + later, resolvedWithinS: 60 + later } as const;
  return [
    {
      name: 'database-down',
      async begin({ proxy }) {
        await proxy.set({ kind: 'refuse' });
        return () => proxy.set({ kind: 'pass' });
      },
      lastsS: 240,
      expects: {
        ...page,
        reason: 'Nobody is served: somebody is woken.',
        says: /health probe of database has failed.* Reason: refused/,
        causes: ['postgres'],
      },
      logLine: { level: /error/, 'dependency.name': /postgresql/, 'error.cause': REFUSED },
      isCause: refusedBy('postgresql'),
    },
    {
      name: 'redis-killed',
      async begin({ redis }) {
        await redis.kill();
        return () => redis.start();
      },
      lastsS: 240,
      expects: {
        receiver: 'ticket',
        reason:
          'Every request is answered all the same: a page would be wrong. The ticket waits for 2 minutes of failed probes, so that a restart of Redis is none, and a minute for its group.',
        withinS: 240 + later,
        resolvedWithinS: 60 + later,
        says: /health probe of redis has failed.* Reason: refused/,
        causes: ['redis'],
      },
      logLine: { level: /warn|error/, 'dependency.name': /redis/, 'error.cause': REFUSED },
      isCause: refusedBy('redis'),
    },
    {
      name: 'database-slow',
      async begin({ proxy }) {
        // A query on this machine takes about 1 ms; 120 ms each way make 240 of it.
        await proxy.set({ kind: 'delay', ms: 120 });
        return () => proxy.set({ kind: 'pass' });
      },
      lastsS: 240,
      expects: {
        ...page,
        reason: 'Users wait, and the budget of the month is gone in two days.',
        says: /Slow \(p95\): postgresql/,
        causes: ['unknown'],
      },
      logLine: { message: /Request was slow/, sql_ms: /\d{3}/ },
      isCause: (span) =>
        dependency(span, 'postgresql') &&
        says(span, 'db.query.text', /\S/) &&
        span.durationMs > 200,
    },
    {
      name: 'flood-of-429',
      async begin({ apiUrl }) {
        const traffic = flood(apiUrl);
        return () => traffic.stop();
      },
      lastsS: 240,
      expects: {
        receiver: 'ticket',
        reason:
          'The limiter does what it is for and the other clients are served: a page would be wrong. A burst is no matter at all, so the ticket waits for 10 minutes of it, and a minute for its group.',
        withinS: 780 + later,
        resolvedWithinS: 60 + later,
        says: /answered 429/,
        causes: ['clients'],
      },
      logLine: { 'event.name': /rate_limit\.limited/, policy: /minute|hour/ },
      isCause: (span) =>
        says(span, 'http.response.status_code', /429/) && says(span, 'rate_limit.subject', /\S/),
    },
    {
      name: 'table-renamed',
      async begin(stack) {
        await stack.sql('alter table candidates rename to candidates_gone');
        return () => stack.sql('alter table candidates_gone rename to candidates');
      },
      lastsS: 240,
      expects: {
        ...page,
        reason: 'Users get errors, and the database itself is well: only the budget tells.',
        says: /api-availability.*42P01/,
        causes: ['unknown'],
      },
      logLine: { level: /error/, 'db.response.status_code': /42P01/ },
      isCause: (span) =>
        span.failed &&
        says(span, 'db.response.status_code', /42P01/) &&
        says(span, 'db.query.text', /candidates/),
    },
  ];
}
