/**
 * The log store: lines as OTLP log records, sent by the exporter of OpenTelemetry. What is sent is the
 * line that the other sinks write, read back: redacted once, and the same everywhere. One request is on
 * its way at a time; while it fails, lines wait in the bounded queue of their sink, not in here.
 */
import { SeverityNumber, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { withTimeout } from '#src/time/with-timeout.ts';
import type { LineLevel, LogLine } from './log-line.ts';
import { fitting, LinesRefused, type LogTarget } from './log-target.ts';
import { whileSending } from './tracing.ts';

type Exporter = Pick<ProtobufExporter, 'export' | 'shutdown'>;
type Batch = Parameters<ProtobufExporter['export']>[0];
type LogRecord = Batch[number];
type Environment = Record<string, string | undefined>;

/** Of one request: a store refuses what is too large, and what it refuses is lost. */
const BATCH = { lines: 1000, bytes: 1024 * 1024 };
/** Milliseconds, the default of the standard. */
const TIMEOUT_MS = 10_000;
const SCOPE = { name: 'sono-eval' };
/** Fields that a record has a place of its own for. */
const OWN_PLACE = new Set('timestamp level message trace_id span_id trace_flags'.split(' '));

const severities: Record<LineLevel, SeverityNumber> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/**
 * Whether and where lines are sent, by the standard variables. The endpoint that all signals share does
 * not suffice: what takes traces need not take logs.
 *
 * @param warn told of a setting that cannot be followed
 * @returns makes a target, one for each log; null: lines are not sent
 */
export function otlpLogTargets(
  env: Environment,
  resource: Resource,
  warn: (message: string) => void,
): (() => LogTarget) | null {
  if (!isWanted(env, warn)) return null;
  const endpoint = env[ENDPOINT] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint && !URL.canParse(endpoint)) {
    warn('Logs are not sent: the OTLP endpoint is not a URL.');
    return null;
  }
  const Exporter = protocolOf(env, warn) === 'http/json' ? JsonExporter : ProtobufExporter;
  const timeoutMs = timeoutOf(env);
  return () =>
    createOtlpTarget({
      exporter: new Exporter({ timeoutMillis: timeoutMs, concurrencyLimit: 1 }),
      resource,
      timeoutMs,
    });
}

const ENDPOINT = 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT';

function isWanted(env: Environment, warn: (message: string) => void): boolean {
  const choice = env['OTEL_LOGS_EXPORTER']?.trim();
  if (!choice) return Boolean(env[ENDPOINT]);
  if (choice !== 'otlp' && choice !== 'none') {
    warn('OTEL_LOGS_EXPORTER can be otlp or none; logs are not sent.');
  }
  return choice === 'otlp';
}

function protocolOf(env: Environment, warn: (message: string) => void): string {
  const protocol =
    env['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL'] ||
    env['OTEL_EXPORTER_OTLP_PROTOCOL'] ||
    'http/protobuf';
  if (protocol !== 'http/json' && protocol !== 'http/protobuf') {
    warn('OTLP protocol not supported; logs are sent as http/protobuf.');
  }
  return protocol;
}

function timeoutOf(env: Environment): number {
  const text = env['OTEL_EXPORTER_OTLP_LOGS_TIMEOUT'] || env['OTEL_EXPORTER_OTLP_TIMEOUT'];
  const ms = Number(text);
  return Number.isInteger(ms) && ms > 0 ? ms : TIMEOUT_MS;
}

/** @param deps.timeoutMs of one request, with the attempts that the exporter makes within it */
export function createOtlpTarget(deps: {
  exporter: Exporter;
  resource: Resource;
  timeoutMs: number;
}): LogTarget {
  const { exporter, resource, timeoutMs } = deps;
  const send = (batch: Batch) =>
    new Promise<ExportResult>((resolve) => {
      whileSending(() => exporter.export(batch, resolve));
    });
  const late = () =>
    Object.assign(new Error(`No answer within ${timeoutMs} ms.`), { code: 'ETIMEDOUT' });
  return {
    async append(lines) {
      const { count } = fitting(lines.slice(0, BATCH.lines), BATCH.bytes);
      await resource.waitForAsyncAttributes?.();
      const batch = lines.slice(0, count).map((line) => recordOf(line, resource));
      const { code, error } = await withTimeout(send(batch), timeoutMs, late);
      if (code !== ExportResultCode.SUCCESS) throw failureOf(error, count);
      return count;
    },
    close: () => exporter.shutdown(),
  };
}

/** By the standard, what a store answers with another status than 429, 502, 503, 504 is not sent again. */
function failureOf(error: Error | undefined, lines: number): Error {
  const status: unknown = error === undefined ? undefined : Reflect.get(error, 'code');
  if (typeof status === 'number') return new LinesRefused(`http_${status}`, lines);
  if (typeof status === 'string' && error !== undefined) return error;
  return Object.assign(new Error('The log store is unavailable.', { cause: error }), {
    code: 'unavailable',
  });
}

/** @param text a line of ours */
function recordOf(text: string, resource: Resource): LogRecord {
  const line = JSON.parse(text) as LogLine & { level: LineLevel; timestamp: string };
  const ms = Date.parse(line.timestamp);
  const hrTime: LogRecord['hrTime'] = [Math.floor(ms / 1000), (ms % 1000) * 1e6];
  const attributes = Object.entries(line).filter(
    ([name, value]) => value !== null && !OWN_PLACE.has(name) && !(name in resource.attributes),
  );
  return {
    hrTime,
    hrTimeObserved: hrTime,
    severityNumber: severities[line.level],
    severityText: line.level,
    body: line['message'] ?? '',
    attributes: Object.fromEntries(attributes) as LogRecord['attributes'],
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: SCOPE,
    ...spanContextOf(line),
  };
}

function spanContextOf(line: LogLine): Pick<LogRecord, 'spanContext'> {
  const { trace_id: traceId, span_id: spanId, trace_flags: flags } = line;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return {};
  const traceFlags = flags === '01' ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { spanContext: { traceId, spanId, traceFlags } };
}
