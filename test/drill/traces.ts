/** Where the drill's services send their spans, and where they are read back: the real Jaeger, or the tests' receiver. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { startOtlpReceiver } from '#test/support/otlp-receiver.ts';
import { freePort } from '#test/support/free-port.ts';
import { killChild } from '#test/support/started-process.ts';
import { until } from '#test/support/until.ts';

export interface TraceSpan {
  name: string;
  durationMs: number;
  failed: boolean;
  attributes: Record<string, unknown>;
}

export interface TraceBackEnd {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint: string;
  /** `host:port` of its own metrics. */
  metrics?: string;
  /** What an operator would type to read a trace. */
  command(traceId: string): string;
  /** Nothing while it is not known. */
  spansOf(traceId: string): Promise<TraceSpan[]>;
  /** @param tags in logfmt, as the dashboards' links have them @param minDuration in Go's notation, or empty */
  find?(tags: string, minDuration: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<TraceBackEnd> {
  const receiver = await startOtlpReceiver();
  return {
    endpoint: receiver.endpoint,
    command: (id) => `(the tests' OTLP receiver) spans of trace ${id}`,
    spansOf: async (id) =>
      receiver.spans
        .filter(({ traceId }) => traceId === id)
        .map(({ name, durationMs, status, attributes }) => ({
          name,
          durationMs,
          failed: status.code === 2,
          attributes: { ...attributes, 'otel.status_description': status.message },
        })),
    close: () => receiver.close(),
  };
}

interface JaegerConfig {
  service: { telemetry: { metrics: { readers: { pull: unknown }[] }; logs: { level: string } } };
  extensions: {
    healthcheckv2: { http: { endpoint: string } };
    jaeger_query: { ui: { config_file: string }; http?: object; grpc?: object };
  };
  receivers: { otlp: { protocols: Record<'grpc' | 'http', { endpoint: string }> } };
  exporters: { prometheus: { endpoint: string } };
}

/** The committed configuration on free ports of 127.0.0.1. */
async function onFreePorts(path: string): Promise<{ config: JaegerConfig; port: Ports }> {
  const config = parse(readFileSync(path, 'utf8')) as JaegerConfig;
  const port = {
    query: await freePort(),
    otlp: await freePort(),
    metrics: await freePort(),
    health: await freePort(),
  };
  const at = async (given?: number) => `127.0.0.1:${given ?? (await freePort())}`;
  const { extensions, receivers, exporters, service } = config;
  extensions.healthcheckv2.http.endpoint = await at(port.health);
  extensions.jaeger_query.ui.config_file = resolve('telemetry/jaeger-ui.json');
  extensions.jaeger_query.http = { endpoint: await at(port.query) };
  extensions.jaeger_query.grpc = { endpoint: await at() };
  receivers.otlp.protocols.grpc.endpoint = await at();
  receivers.otlp.protocols.http.endpoint = await at(port.otlp);
  exporters.prometheus.endpoint = await at();
  service.telemetry.metrics.readers = [
    { pull: { exporter: { prometheus: { host: '127.0.0.1', port: port.metrics } } } },
  ];
  service.telemetry.logs.level = 'error';
  return { config, port };
}

interface Ports {
  query: number;
  otlp: number;
  metrics: number;
  health: number;
}

/** @param command of Jaeger 2 @param configPath one of `telemetry/jaeger*.yml` */
export async function startJaeger(command: string, configPath: string): Promise<TraceBackEnd> {
  const { config, port } = await onFreePorts(configPath);
  const dir = mkdtempSync(join(tmpdir(), 'sono-eval-jaeger-'));
  writeFileSync(join(dir, 'config.yml'), stringify(config));
  const child = spawn(command, [`--config=${dir}/config.yml`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const close = async () => {
    await killChild(child);
    rmSync(dir, { recursive: true, force: true });
  };
  const api = `http://127.0.0.1:${port.query}/api/traces`;
  try {
    await once(child, 'spawn');
    await until(async () => {
      if (child.exitCode !== null) throw new Error('Jaeger ended before it answered.');
      return (await fetch(`http://127.0.0.1:${port.query}/api/services`)).ok;
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoint: `http://127.0.0.1:${port.otlp}`,
    metrics: `127.0.0.1:${port.metrics}`,
    command: (id) => `curl -s ${api}/${id}`,
    spansOf: async (id) =>
      (await askJaeger(`${api}/${id}`)).flatMap(({ spans }) => spans.map(read)),
    async find(tags, minDuration) {
      const query = new URLSearchParams({ service: 'sono-eval', limit: '20', lookback: '1h' });
      query.set('tags', JSON.stringify(fromLogfmt(tags)));
      if (minDuration !== '') query.set('minDuration', minDuration);
      return (await askJaeger(`${api}?${query.toString()}`)).map(({ traceID }) => traceID);
    },
    close,
  };
}

interface JaegerTrace {
  traceID: string;
  spans: {
    operationName: string;
    /** Microseconds. */
    duration: number;
    tags: { key: string; value: unknown }[];
  }[];
}

async function askJaeger(url: string): Promise<JaegerTrace[]> {
  const response = await fetch(url);
  if (response.status === 404) return [];
  const { data } = (await response.json()) as { data: JaegerTrace[] | null };
  return data ?? [];
}

function read({ operationName, duration, tags }: JaegerTrace['spans'][number]): TraceSpan {
  const attributes = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  return {
    name: operationName,
    durationMs: duration / 1000,
    failed: attributes['error'] === true,
    attributes,
  };
}

/** As Grafana's data source for Jaeger reads it: `a=b c="d e"`. */
export function fromLogfmt(tags: string): Record<string, string> {
  const pairs = [...tags.matchAll(/([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)];
  return Object.fromEntries(
    pairs.map(([, key = '', quoted, bare = '']) => [
      key,
      quoted?.replaceAll(/\\(.)/g, '$1') ?? bare,
    ]),
  );
}
