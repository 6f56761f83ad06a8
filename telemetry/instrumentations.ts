import {
  getNodeAutoInstrumentations,
  type InstrumentationConfigMap,
} from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { attr } from './conventions.ts';
import { describeSql } from './sql.ts';
import { activeScript } from './tracing.ts';

/** Exported spans hold no query strings at all; this keeps secrets out of what lives in memory, too. */
const REDACTED_QUERY = ['token', 'api_key', 'code', 'password', 'sig', 'Signature'];

/** What is on. Incoming HTTP and Koa are traced by `src/http/request/trace.ts`: at a third of the cost, with the right route. */
const on = {
  '@opentelemetry/instrumentation-http': {
    disableIncomingRequestInstrumentation: true,
    requireParentforOutgoingSpans: true,
    redactedQueryParams: REDACTED_QUERY,
    redactedQueryParamsServer: REDACTED_QUERY,
  },
  '@opentelemetry/instrumentation-undici': { requireParentforSpans: true },
  '@opentelemetry/instrumentation-pg': {
    // Else every connect and every start-up query is a root trace of its own.
    requireParentSpan: true,
    ignoreConnectSpans: true,
    requestHook: (span, { query }) => {
      const { text, summary } = describeSql(query.text);
      span.updateName(summary);
      span.setAttribute(attr.dbQueryText, text);
      span.setAttribute(attr.dbQuerySummary, summary);
    },
  },
  '@opentelemetry/instrumentation-ioredis': {
    requireParentSpan: true,
    // Keys and values name persons.
    dbStatementSerializer: (command) => command,
    requestHook: (span, { cmdName }) => {
      const name = activeScript();
      if (name === undefined) return;
      span.updateName(`${cmdName} ${name}`);
      span.setAttribute(attr.dbProcedure, name);
    },
  },
  '@opentelemetry/instrumentation-winston': { disableLogSending: true },
  '@opentelemetry/instrumentation-runtime-node': { monitoringPrecision: 1000 },
} satisfies InstrumentationConfigMap;

/** Packages of those that are on; the image has no others. */
export const instrumentationPackages: readonly string[] = Object.keys(on);

/** @param env is told which are on: the package makes every one it has that its variable does not leave out */
export function instrumentations(env: Record<string, string | undefined>): Instrumentation[] {
  const names = instrumentationPackages.map((name) =>
    name.replace('@opentelemetry/instrumentation-', ''),
  );
  env['OTEL_NODE_ENABLED_INSTRUMENTATIONS'] = names.join(',');
  return getNodeAutoInstrumentations(on);
}
