/**
 * Names and labels of the families that no feature's `metrics.ts` declares: what this folder and
 * prom-client say of the process, and what `views.ts` lets through from OpenTelemetry. Dashboards
 * import them; a test compares them with what a running service exposes.
 */
import type { Combine, FamilyType } from './exposition.ts';

export interface ProcessFamily {
  readonly name: string;
  readonly type: FamilyType;
  readonly labels: readonly string[];
}

const family =
  (type: FamilyType) =>
  (name: string, ...labels: string[]): ProcessFamily => ({ name, type, labels });
const counter = family('counter');
const gauge = family('gauge');
const histogram = family('histogram');

export const processFamilies = {
  processes: gauge('app_processes'),
  buildInfo: gauge('app_build_info', 'version', 'revision', 'node_version'),
  nodeVersion: gauge('nodejs_version_info', 'version', 'major', 'minor', 'patch'),
  startTime: gauge('process_start_time_seconds'),
  cpuSeconds: counter('process_cpu_seconds_total'),
  cpuUserSeconds: counter('process_cpu_user_seconds_total'),
  cpuSystemSeconds: counter('process_cpu_system_seconds_total'),
  residentMemory: gauge('process_resident_memory_bytes'),
  virtualMemory: gauge('process_virtual_memory_bytes'),
  processHeap: gauge('process_heap_bytes'),
  openFds: gauge('process_open_fds'),
  maxFds: gauge('process_max_fds'),
  heapUsed: gauge('nodejs_heap_size_used_bytes'),
  heapTotal: gauge('nodejs_heap_size_total_bytes'),
  heapLimit: gauge('nodejs_heap_limit_bytes'),
  externalMemory: gauge('nodejs_external_memory_bytes'),
  heapSpaceUsed: gauge('nodejs_heap_space_size_used_bytes', 'space'),
  heapSpaceTotal: gauge('nodejs_heap_space_size_total_bytes', 'space'),
  heapSpaceAvailable: gauge('nodejs_heap_space_size_available_bytes', 'space'),
  gcDuration: histogram('nodejs_gc_duration_seconds', 'kind'),
  loopLag: gauge('nodejs_eventloop_lag_seconds'),
  loopLagMean: gauge('nodejs_eventloop_lag_mean_seconds'),
  loopLagP50: gauge('nodejs_eventloop_lag_p50_seconds'),
  loopLagP90: gauge('nodejs_eventloop_lag_p90_seconds'),
  loopLagP99: gauge('nodejs_eventloop_lag_p99_seconds'),
  loopLagMax: gauge('nodejs_eventloop_lag_max_seconds'),
  labelOverflow: counter('metrics_label_overflow_total', 'metric'),
  collectErrors: counter('metrics_collect_errors_total', 'source'),
  renderDuration: gauge('metrics_render_duration_seconds', 'source'),
} as const;

export const otelFamilies = {
  targetInfo: gauge(
    'target_info',
    'service_name',
    'service_namespace',
    'service_version',
    'service_instance_id',
    'deployment_environment_name',
  ),
  loopUtilization: gauge('nodejs_eventloop_utilization_ratio'),
  loopTime: counter('nodejs_eventloop_time_seconds_total', 'nodejs_eventloop_state'),
  dbOperation: histogram(
    'db_client_operation_duration_seconds',
    'db_system_name',
    'db_operation_name',
    'error_type',
  ),
  dbConnections: gauge('db_client_connections', 'db_client_connection_state'),
  dbConnectionMax: gauge('db_client_connection_max', 'pool_name'),
  dbPendingRequests: gauge('db_client_connection_pending_requests', 'pool_name'),
  httpClient: histogram(
    'http_client_request_duration_seconds',
    'http_request_method',
    'server_address',
    'http_response_status_code',
    'error_type',
  ),
  spansStarted: counter('otel_sdk_span_started_total', 'otel_span_sampling_result'),
  spansLive: gauge('otel_sdk_span_live'),
  spansProcessed: counter('otel_sdk_processor_span_processed_total', 'error_type'),
  spanQueueSize: gauge('otel_sdk_processor_span_queue_size'),
  spanQueueCapacity: gauge('otel_sdk_processor_span_queue_capacity'),
} as const;

/**
 * Gauges of several processes that are not added up. Where a rule divides by a limit that each process has for
 * itself, both are of the process that is nearest to it.
 */
const combines: Readonly<Record<string, Combine>> = {
  nodejs_version_info: 'max',
  target_info: 'max',
  // Of the youngest, so that each restart is a change.
  process_start_time_seconds: 'max',
  process_open_fds: 'max',
  process_max_fds: 'max',
  nodejs_heap_size_used_bytes: 'max',
  nodejs_heap_size_total_bytes: 'max',
  nodejs_external_memory_bytes: 'max',
  nodejs_heap_space_size_used_bytes: 'max',
  nodejs_heap_space_size_total_bytes: 'max',
  nodejs_heap_space_size_available_bytes: 'max',
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_mean_seconds: 'max',
  nodejs_eventloop_lag_p50_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  nodejs_eventloop_lag_max_seconds: 'max',
  nodejs_eventloop_utilization_ratio: 'max',
  otel_sdk_processor_span_queue_size: 'max',
  otel_sdk_processor_span_queue_capacity: 'max',
};

/** @param name of a family that no feature declares */
export function combineOf(name: string): Combine | undefined {
  return combines[name];
}
