/** The last gate before spans leave the process: whatever an instrumentation recorded is cleaned here. */
import { SpanStatusCode, type Attributes, type AttributeValue } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { attr } from './conventions.ts';
import { isSqlState } from './sql.ts';
import { REDACTED, isExemptMember, isSecretMember, redactNumber, redactText } from './redaction.ts';

/** Query strings, bind values and statement names hold what a request held. */
const DROPPED = new Set([
  'url.query',
  'db.postgresql.values',
  'db.postgresql.plan',
  'db.statement',
]);

/**
 * @param inner where the cleaned spans go
 * @param warn told once when sending begins to fail, until it works again
 */
export function createCleanExporter(
  inner: SpanExporter,
  warn: (message: string) => void,
): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      inner.export(spans.map(clean), (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !failing) {
          warn('Traces cannot be sent to the OTLP endpoint; the service goes on without them.');
        }
        failing = failed;
        done(result);
      });
    },
    shutdown: () => inner.shutdown(),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
  };
}

/** A view of the span; the span itself stays as it is. */
function clean(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    name: { value: redactText(span.name) },
    attributes: {
      value: cleanAttributes({ ...errorOf(span), ...statusOf(span), ...span.attributes }),
    },
    // Messages of drivers quote values; the type of the error is an attribute.
    status: { value: { code: span.status.code } },
    events: {
      value: span.events
        .filter(({ name }) => name !== 'exception')
        .map((event) => ({ ...event, attributes: cleanAttributes(event.attributes ?? {}) })),
    },
    links: {
      value: span.links.map((link) => ({
        ...link,
        attributes: cleanAttributes(link.attributes ?? {}),
      })),
    },
  }) as ReadableSpan;
}

/**
 * The status once more, as the standard writes it where a status is an attribute: back ends search by
 * attributes, and not all find failed spans by Jaeger's `error=true` (its store in memory finds none).
 */
function statusOf({ status }: ReadableSpan): Attributes {
  return status.code === SpanStatusCode.ERROR ? { 'otel.status_code': 'ERROR' } : {};
}

/** What the instrumentation of pg writes in place of the message. */
const SQL_ERROR = /^PostgreSQL error of type '[^']*' occurred \(code: (\w+)\)$/;

/** The instrumentations of pg and ioredis tell the kind of an error in its event alone. */
function errorOf({ events, attributes }: ReadableSpan): Attributes {
  const { attributes: error } = events.find(({ name }) => name === 'exception') ?? {};
  if (error === undefined) return {};
  const type = textOf(error['exception.type']);
  const message = textOf(error['exception.message']);
  const [, sqlCode] = SQL_ERROR.exec(message) ?? [];
  if (sqlCode !== undefined) {
    if (sqlCode === 'UNKNOWN') return { [attr.errorType]: '_OTHER' };
    return {
      [attr.errorType]: sqlCode,
      ...(isSqlState(sqlCode) ? { [attr.dbStatus]: sqlCode } : {}),
    };
  }
  const isReply = attributes[attr.dbSystem] === 'redis' && type === 'ReplyError';
  const reply = isReply ? message.split(' ', 1)[0] : undefined;
  return {
    [attr.errorType]: type || '_OTHER',
    ...(reply === undefined ? {} : { [attr.dbStatus]: reply }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function cleanAttributes(attributes: Attributes): Attributes {
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || DROPPED.has(key)) continue;
    if (key === 'url.path') {
      // The parameters of a path name persons, and what matched no route may hold anything.
      if ('http.route' in attributes) kept[key] = attributes['http.route'];
      continue;
    }
    kept[key] = isSecretMember(key, value) ? REDACTED : cleanValue(key, value);
  }
  return kept;
}

function cleanValue(key: string, value: AttributeValue): AttributeValue {
  if (isExemptMember(key, value)) return value;
  if (typeof value === 'string') {
    // Of a foreign URL only the origin: paths and queries of callbacks hold tokens.
    if (key === 'url.full') return URL.canParse(value) ? new URL(value).origin : REDACTED;
    const plain = redactText(value);
    return redactNumber(key, value, plain) ?? plain;
  }
  if (!Array.isArray(value)) return value;
  return (value as unknown[]).map((item) =>
    typeof item === 'string' ? redactText(item) : item,
  ) as AttributeValue;
}
