/**
 * Assembles the OpenTelemetry SDK: traces and logs to OTLP when an endpoint is set, metrics to be scraped.
 * Logs are sent by a sink of our logger, not by the SDK's processors: its queue and its losses are those of
 * the other places that lines go to.
 */
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { NoopSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import { withTimeout } from '#src/time/with-timeout.ts';
import { instrumentations } from './instrumentations.ts';
import { otlpLogTargets } from './log-otlp.ts';
import { otelFamilies } from './otel-families.ts';
import { edgePropagator } from './propagation.ts';
import { observeRedis } from './redis-metrics.ts';
import { createSampler } from './sampling.ts';
import { createCleanExporter } from './span-exporter.ts';
import type { Telemetry } from './telemetry.ts';
import { views } from './views.ts';

type Environment = Record<string, string | undefined>;

const SHUTDOWN_MS = 2000;

export function startSdk(
  env: Environment,
  identity: Pick<Telemetry, 'serviceName' | 'version' | 'instanceId'>,
): Pick<Telemetry, 'collect' | 'logTarget' | 'shutdown'> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const exporter = createExporter(env);
  const sampler = createSampler(env);
  const resource = resourceOf(env, identity);
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    instrumentations: instrumentations(env),
    textMapPropagator: edgePropagator(),
    metricReaders: [reader],
    views: views(),
    logRecordProcessors: [],
    ...(sampler === null ? {} : { sampler }),
    // Without any processor the SDK makes no provider, and trace ids would be zeros.
    ...(exporter === null
      ? { spanProcessors: [new NoopSpanProcessor()] }
      : { traceExporter: exporter }),
  });
  sdk.start();
  const stopRedis = observeRedis();

  let stopping: Promise<void> | undefined;
  return {
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      return { families: otelFamilies(resourceMetrics), errors };
    },
    logTarget: otlpLogTargets(env, resource, (message) => process.emitWarning(message)),
    shutdown: () => {
      stopRedis();
      stopping ??= shutDown(sdk);
      return stopping;
    },
  };
}

/** Of spans, metrics and log records. What the environment says of it wins. */
function resourceOf(
  env: Environment,
  identity: Pick<Telemetry, 'serviceName' | 'version' | 'instanceId'>,
): Resource {
  const own = resourceFromAttributes({
    'service.name': identity.serviceName,
    'service.namespace': 'sono-eval',
    'service.version': identity.version,
    'deployment.environment.name': env['APP_ENV'] || 'development',
  });
  // The default set leaks the command line and the user's name.
  const detected = detectResources({ detectors: [envDetector, hostDetector] });
  const instance = resourceFromAttributes({ 'service.instance.id': identity.instanceId });
  return defaultResource().merge(own).merge(detected).merge(instance);
}

/** A dead collector makes `shutdown` take 8 s and reject; nobody can act on that any more. */
function shutDown(sdk: NodeSDK): Promise<void> {
  const late = () => new Error(`Not shut down within ${SHUTDOWN_MS} ms.`);
  return withTimeout(sdk.shutdown(), SHUTDOWN_MS, late).catch(() => {});
}

function createExporter(env: Environment): SpanExporter | null {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_TRACES_EXPORTER'] === 'none') return null;
  if (!URL.canParse(endpoint)) {
    process.emitWarning('Traces are not sent: the OTLP endpoint is not a URL.');
    return null;
  }
  const protocol =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ||
    env['OTEL_EXPORTER_OTLP_PROTOCOL'] ||
    'http/protobuf';
  if (protocol !== 'http/json' && protocol !== 'http/protobuf') {
    process.emitWarning('OTLP protocol not supported; traces are sent as http/protobuf.');
  }
  return createCleanExporter(
    protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter(),
    (message) => process.emitWarning(message, { type: 'TelemetryWarning' }),
  );
}
