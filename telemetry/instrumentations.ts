import {
  getNodeAutoInstrumentations,
  type InstrumentationConfigMap,
} from '@opentelemetry/auto-instrumentations-node';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { attr } from './conventions.ts';
import { describeSql } from './sql.ts';

type Name = keyof InstrumentationConfigMap;

/** Exported spans hold no query strings at all; this keeps secrets out of what lives in memory, too. */
const REDACTED_QUERY = ['token', 'api_key', 'code', 'password', 'sig', 'Signature'];

/** What is on. Incoming HTTP and Koa are traced by `src/http/request/trace.ts`: at a third of the cost, with the right route. */
const on: InstrumentationConfigMap = {
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
  },
  '@opentelemetry/instrumentation-winston': { disableLogSending: true },
  '@opentelemetry/instrumentation-runtime-node': { monitoringPrecision: 1000 },
};

/** Everything the package brings, by name: one that an upgrade adds does not compile until it is decided on. */
const all: Record<Name, true> = {
  '@opentelemetry/instrumentation-amqplib': true,
  '@opentelemetry/instrumentation-aws-lambda': true,
  '@opentelemetry/instrumentation-aws-sdk': true,
  '@opentelemetry/instrumentation-bunyan': true,
  '@opentelemetry/instrumentation-cassandra-driver': true,
  '@opentelemetry/instrumentation-connect': true,
  '@opentelemetry/instrumentation-cucumber': true,
  '@opentelemetry/instrumentation-dataloader': true,
  '@opentelemetry/instrumentation-dns': true,
  '@opentelemetry/instrumentation-express': true,
  '@opentelemetry/instrumentation-fs': true,
  '@opentelemetry/instrumentation-generic-pool': true,
  '@opentelemetry/instrumentation-graphql': true,
  '@opentelemetry/instrumentation-grpc': true,
  '@opentelemetry/instrumentation-hapi': true,
  '@opentelemetry/instrumentation-host-metrics': true,
  '@opentelemetry/instrumentation-http': true,
  '@opentelemetry/instrumentation-ioredis': true,
  '@opentelemetry/instrumentation-kafkajs': true,
  '@opentelemetry/instrumentation-knex': true,
  '@opentelemetry/instrumentation-koa': true,
  '@opentelemetry/instrumentation-lru-memoizer': true,
  '@opentelemetry/instrumentation-memcached': true,
  '@opentelemetry/instrumentation-mongodb': true,
  '@opentelemetry/instrumentation-mongoose': true,
  '@opentelemetry/instrumentation-mysql': true,
  '@opentelemetry/instrumentation-mysql2': true,
  '@opentelemetry/instrumentation-nestjs-core': true,
  '@opentelemetry/instrumentation-net': true,
  '@opentelemetry/instrumentation-openai': true,
  '@opentelemetry/instrumentation-oracledb': true,
  '@opentelemetry/instrumentation-pg': true,
  '@opentelemetry/instrumentation-pino': true,
  '@opentelemetry/instrumentation-redis': true,
  '@opentelemetry/instrumentation-restify': true,
  '@opentelemetry/instrumentation-router': true,
  '@opentelemetry/instrumentation-runtime-node': true,
  '@opentelemetry/instrumentation-socket.io': true,
  '@opentelemetry/instrumentation-tedious': true,
  '@opentelemetry/instrumentation-undici': true,
  '@opentelemetry/instrumentation-winston': true,
};

export function instrumentations(): Instrumentation[] {
  const config: Record<string, object> = {};
  for (const name of Object.keys(all) as Name[]) {
    config[name] = name in on ? { ...on[name], enabled: true } : { enabled: false };
  }
  return getNodeAutoInstrumentations(config);
}
