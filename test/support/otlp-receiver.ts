/** An OTLP/HTTP collector for tests: takes protobuf and JSON, keeps the spans and the log records. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeMessage, type Message } from './protobuf.ts';

export interface ReceivedSpan {
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Record<string, unknown>;
  /** Epoch milliseconds. */
  startedAt: number;
  durationMs: number;
  /** 2 is an error. */
  status: { code: number; message: string };
  events: { name: string; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
  resource: Record<string, unknown>;
}

export interface ReceivedLog {
  /** Epoch milliseconds. */
  time: number;
  severityNumber: number;
  severityText: string;
  body: unknown;
  /** Empty without a trace. */
  traceId: string;
  spanId: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

export interface OtlpReceiver {
  endpoint: string;
  spans: ReceivedSpan[];
  /** Those that were taken: answered with 200. */
  logs: ReceivedLog[];
  contentTypes: Set<string>;
  /** Of the requests with logs, whatever was answered. */
  logRequests: IncomingHttpHeaders[];
  /** From now on, to requests with logs: a status, or no answer at all. */
  answerLogs(answer: number | 'hang'): void;
  close(): Promise<void>;
}

/** @param port of an earlier one, in its place */
export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const logs: ReceivedLog[] = [];
  const logRequests: IncomingHttpHeaders[] = [];
  let logAnswer: number | 'hang' = 200;
  const contentTypes = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      const type = request.headers['content-type'] ?? '';
      contentTypes.add(type);
      const body = await bodyOf(request);
      const isJson = type.includes('json');
      let status = 200;
      if (request.url === '/v1/logs') {
        logRequests.push(request.headers);
        if (logAnswer === 'hang') return;
        status = logAnswer;
        if (status === 200) logs.push(...(isJson ? logsFromJson(body) : logsFromProtobuf(body)));
      } else spans.push(...(isJson ? fromJson(body) : fromProtobuf(body)));
      response.writeHead(status, { 'Content-Type': type }).end(isJson ? '{}' : '');
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    logs,
    contentTypes,
    logRequests,
    answerLogs: (answer) => void (logAnswer = answer),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const raw = await buffer(request);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
}

interface JsonKeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface JsonSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: JsonKeyValue[];
  status: { code?: number; message?: string };
  events?: { name: string; attributes: JsonKeyValue[] }[];
  links?: { traceId: string; spanId: string }[];
}
interface JsonRequest {
  resourceSpans: {
    resource: { attributes: JsonKeyValue[] };
    scopeSpans: { spans: JsonSpan[] }[];
  }[];
}

interface JsonLogRecord {
  timeUnixNano: string;
  severityNumber: number;
  severityText: string;
  body: Record<string, unknown>;
  traceId?: string;
  spanId?: string;
  attributes: JsonKeyValue[];
}
interface JsonLogRequest {
  resourceLogs: {
    resource: { attributes: JsonKeyValue[] };
    scopeLogs: { logRecords: JsonLogRecord[] }[];
  }[];
}

function plain(pairs: JsonKeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function logsFromJson(body: Buffer): ReceivedLog[] {
  const { resourceLogs } = JSON.parse(body.toString()) as JsonLogRequest;
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((record) => ({
        time: Number(BigInt(record.timeUnixNano) / 1_000_000n),
        severityNumber: record.severityNumber,
        severityText: record.severityText,
        body: Object.values(record.body)[0],
        traceId: record.traceId ?? '',
        spanId: record.spanId ?? '',
        attributes: plain(record.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

/** Field numbers of opentelemetry/proto/logs/v1/logs.proto. */
function logsFromProtobuf(body: Buffer): ReceivedLog[] {
  return decodeMessage(body)
    .messages(1)
    .flatMap((resourceLogs) => {
      const resource = attributesOf(resourceLogs.messages(1)[0], 1);
      return resourceLogs
        .messages(2)
        .flatMap((scope) => scope.messages(2))
        .map((record) => ({
          time: Number(record.bytes(1).readBigUInt64LE() / 1_000_000n),
          severityNumber: record.number(2),
          severityText: record.bytes(3).toString(),
          body: anyValue(record.messages(5)[0]),
          traceId: record.bytes(9).toString('hex'),
          spanId: record.bytes(10).toString('hex'),
          attributes: attributesOf(record, 6),
          resource,
        }));
    });
}

function fromJson(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? '',
        startedAt: Number(BigInt(span.startTimeUnixNano)) / 1e6,
        durationMs: between(BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)),
        attributes: plain(span.attributes),
        status: { code: span.status.code ?? 0, message: span.status.message ?? '' },
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: plain(attributes),
        })),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto. */
function fromProtobuf(body: Buffer): ReceivedSpan[] {
  return decodeMessage(body)
    .messages(1)
    .flatMap((resourceSpans) => {
      const resource = attributesOf(resourceSpans.messages(1)[0], 1);
      return resourceSpans
        .messages(2)
        .flatMap((scope) => scope.messages(2))
        .map((span) => ({
          traceId: span.bytes(1).toString('hex'),
          spanId: span.bytes(2).toString('hex'),
          parentSpanId: span.bytes(4).toString('hex'),
          name: span.bytes(5).toString(),
          kind: span.number(6),
          startedAt: Number(nanoseconds(span, 7)) / 1e6,
          durationMs: between(nanoseconds(span, 7), nanoseconds(span, 8)),
          attributes: attributesOf(span, 9),
          events: span.messages(11).map((event) => ({
            name: event.bytes(2).toString(),
            attributes: attributesOf(event, 3),
          })),
          links: span.messages(13).map((link) => ({
            traceId: link.bytes(1).toString('hex'),
            spanId: link.bytes(2).toString('hex'),
          })),
          status: {
            message: span.messages(15)[0]?.bytes(2).toString() ?? '',
            code: span.messages(15)[0]?.number(3) ?? 0,
          },
          resource,
        }));
    });
}

function nanoseconds(span: Message, field: number): bigint {
  return span.bytes(field).readBigUInt64LE();
}

function between(start: bigint, end: bigint): number {
  return Number(end - start) / 1e6;
}

function attributesOf(message: Message | undefined, field: number): Record<string, unknown> {
  const pairs = message?.messages(field) ?? [];
  return Object.fromEntries(
    pairs.map((pair) => [pair.bytes(1).toString(), anyValue(pair.messages(2)[0])]),
  );
}

function anyValue(value: Message | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.has(1)) return value.bytes(1).toString();
  if (value.has(2)) return value.number(2) === 1;
  if (value.has(3)) return value.number(3);
  if (value.has(4)) return value.bytes(4).readDoubleLE(0);
  if (value.has(6)) return attributesOf(value.messages(6)[0], 1);
  return value.messages(5)[0]?.messages(1).map(anyValue);
}
