/** Assembles the OpenTelemetry SDK: traces to OTLP when an endpoint is set, metrics to be scraped, no logs. */
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  defaultResource,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { NoopSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import { withTimeout } from '#src/time/with-timeout.ts';
import { instrumentations } from './instrumentations.ts';
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
  identity: Pick<Telemetry, 'serviceName' | 'version'>,
): Pick<Telemetry, 'collect' | 'shutdown'> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const exporter = createExporter(env);
  const sampler = createSampler(env);
  const sdk = new NodeSDK({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': identity.serviceName,
        'service.namespace': 'sono-eval',
        'service.version': identity.version,
        'deployment.environment.name': env['APP_ENV'] || 'development',
      }),
    ),
    // The default set leaks the command line and the user's name.
    resourceDetectors: [envDetector, hostDetector, serviceInstanceIdDetector],
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
    shutdown: () => {
      stopRedis();
      stopping ??= shutDown(sdk);
      return stopping;
    },
  };
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
