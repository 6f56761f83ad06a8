/** An OTLP/HTTP collector for tests: takes protobuf and JSON, keeps the spans. */
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeMessage, type Message } from './protobuf.ts';

export interface ReceivedSpan {
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Record<string, unknown>;
  /** 2 is an error. */
  status: { code: number; message: string };
  events: { name: string; attributes: Record<string, unknown> }[];
  resource: Record<string, unknown>;
}

export interface OtlpReceiver {
  endpoint: string;
  spans: ReceivedSpan[];
  contentTypes: Set<string>;
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const contentTypes = new Set<string>();
  const server = createServer((request, response) => {
    void (async () => {
      const type = request.headers['content-type'] ?? '';
      contentTypes.add(type);
      const body = await bodyOf(request);
      spans.push(...(type.includes('json') ? fromJson(body) : fromProtobuf(body)));
      response.writeHead(200, { 'Content-Type': type }).end(type.includes('json') ? '{}' : '');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    contentTypes,
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
  attributes: JsonKeyValue[];
  status: { code?: number; message?: string };
  events?: { name: string; attributes: JsonKeyValue[] }[];
}
interface JsonRequest {
  resourceSpans: {
    resource: { attributes: JsonKeyValue[] };
    scopeSpans: { spans: JsonSpan[] }[];
  }[];
}

function fromJson(body: Buffer): ReceivedSpan[] {
  const plain = (pairs: JsonKeyValue[] = []) =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
  const { resourceSpans } = JSON.parse(body.toString()) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? '',
        attributes: plain(span.attributes),
        status: { code: span.status.code ?? 0, message: span.status.message ?? '' },
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: plain(attributes),
        })),
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
          attributes: attributesOf(span, 9),
          events: span.messages(11).map((event) => ({
            name: event.bytes(2).toString(),
            attributes: attributesOf(event, 3),
          })),
          status: {
            message: span.messages(15)[0]?.bytes(2).toString() ?? '',
            code: span.messages(15)[0]?.number(3) ?? 0,
          },
          resource,
        }));
    });
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
  return value.messages(5)[0]?.messages(1).map(anyValue);
}
