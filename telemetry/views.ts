import {
  AggregationType,
  type IAttributesProcessor,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { attr, buckets } from './conventions.ts';
import { sqlOperation } from './sql.ts';

/** Hosts that outbound calls go to are partly chosen by clients (callbacks). */
const MAX_HOSTS = 20;
const MAX_POOLS = 20;
/** Of one histogram; the SDK folds the rest into one child. */
const MAX_CHILDREN = 100;

/** Duplicates of prom-client's families and of our own request metrics: not even aggregated. */
const DROPPED = ['v8js.*', 'nodejs.eventloop.delay.*', 'http.server.*'];

/**
 * What OpenTelemetry contributes to `/metrics`, shaped to the house catalogue. Instruments without
 * a view here are left out by `isCatalogued`. (A last view that drops `*` would not do: the SDK
 * then feeds the instruments above twice.)
 */
export function views(): ViewOptions[] {
  const poolName = keep(
    { 'db.client.connection.pool.name': 'pool_name' },
    { pool_name: atMost(MAX_POOLS) },
  );
  return [
    {
      instrumentName: 'db.client.operation.duration',
      description: 'Time a database or Redis operation took, seen from this process',
      aggregation: explicit(buckets.db),
      aggregationCardinalityLimit: MAX_CHILDREN,
      attributesProcessors: [
        keep(same(attr.dbSystem, attr.dbOperation, attr.errorType), {
          [attr.dbOperation]: operation,
        }),
      ],
    },
    {
      // The original name ends in _count, which only a histogram's may.
      instrumentName: 'db.client.connection.count',
      name: 'db.client.connections',
      description: 'Database connections of the pool, by state',
      attributesProcessors: [keep(same('db.client.connection.state'))],
    },
    {
      instrumentName: 'db.client.connection.max',
      description: 'Database connections the pool may open',
      attributesProcessors: [poolName],
    },
    {
      instrumentName: 'db.client.connection.pending_requests',
      description: 'Queries that wait for a database connection',
      attributesProcessors: [poolName],
    },
    {
      instrumentName: 'http.client.request.duration',
      description: 'Time an outbound HTTP call took',
      aggregation: explicit(buckets.http),
      aggregationCardinalityLimit: MAX_CHILDREN,
      attributesProcessors: [
        keep(same(attr.httpMethod, attr.serverAddress, attr.httpStatus, attr.errorType), {
          [attr.serverAddress]: atMost(MAX_HOSTS),
        }),
      ],
    },
    {
      instrumentName: 'nodejs.eventloop.utilization',
      description: 'Share of time the event loop was busy since the last scrape',
    },
    {
      instrumentName: 'nodejs.eventloop.time',
      description: 'Time the event loop spent, by state',
      attributesProcessors: [keep(same('nodejs.eventloop.state'))],
    },
    {
      // Told twice for each span: without labels, which the SDK hashes. Those that live are all recorded.
      instrumentName: 'otel.sdk.span.live',
      description: 'Spans begun and not yet ended',
      attributesProcessors: [keep({})],
    },
    ...[
      ['otel.sdk.span.started', 'Spans begun, by sampling result'],
      ['otel.sdk.processor.span.processed', 'Spans handed to the exporter or lost (error_type)'],
      ['otel.sdk.processor.span.queue.size', 'Spans waiting to be exported'],
      ['otel.sdk.processor.span.queue.capacity', 'Spans that may wait to be exported'],
    ].map(([instrumentName = '', description = '']) => ({
      instrumentName,
      description,
      attributesProcessors: [keep(same('otel.span.sampling_result', attr.errorType))],
    })),
    ...DROPPED.map((instrumentName) => ({
      instrumentName,
      aggregation: { type: AggregationType.DROP } as const,
    })),
  ];
}

function explicit(boundaries: readonly number[]): NonNullable<ViewOptions['aggregation']> {
  return {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [...boundaries], recordMinMax: false },
  };
}

const catalogued = new Set(views().map(({ name, instrumentName }) => name ?? instrumentName));

/** @param name of the metric stream, as collected */
export function isCatalogued(name: string): boolean {
  return catalogued.has(name);
}

type Transform = (value: AttributeValue) => AttributeValue;

function same(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Allow-list, renamed and transformed: what is not named here does not become a label. */
function keep(
  names: Record<string, string>,
  transforms: Record<string, Transform> = {},
): IAttributesProcessor {
  const pairs = Object.entries(names);
  return {
    process(incoming) {
      const kept: Attributes = {};
      for (const [from, to] of pairs) {
        const value = incoming[from];
        if (value !== undefined) kept[to] = transforms[to]?.(value) ?? value;
      }
      return kept;
    },
  };
}

/** pg's instrumentation cuts the verb at the first blank, so it may hold half a statement. */
function operation(value: AttributeValue): AttributeValue {
  const text = String(value);
  return /^[A-Z]{2,20}$/.test(text) ? text : sqlOperation(text);
}

function atMost(max: number): Transform {
  const known = new Set<AttributeValue>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return 'other';
    known.add(value);
    return value;
  };
}
