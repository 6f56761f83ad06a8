/** Which page of the runbooks is tried while what is broken, and how. */
import assert from 'node:assert/strict';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { readRunbooks } from '#test/support/runbook-pages.ts';
import { faultsOf, type Findings, type RunbookRig } from '#test/support/runbook-rig.ts';

/** What needs more than the suite has. */
const unexecuted: Record<string, string[]> = {
  'Docker tells how the containers stand.': [
    'state',
    'state api',
    'state jaeger',
    'state postgres',
    'state redis',
  ],
  'The suite keeps no log of these servers.': [
    'logs jaeger | tail -30',
    'logs postgres | grep -A 8 "deadlock detected" | tail -30',
    'logs postgres | tail -50',
    'logs postgres-exporter | tail -20',
    'logs redis | tail -20',
    'logs redis | tail -50',
    'logs redis-exporter | tail -20',
    'logs victorialogs | tail -30',
  ],
  'The suite has no log store.': [
    `lines '_time:1h "http.response.status_code":=429 | stats by ("rate_limit.subject", "http.route") count() as requests, max(_time) as last_seen | sort by (requests desc) | limit 10'`,
    `lines 'trace_id:="4bf92f3577b34da6a3ce929d0e0e4736" | sort by (_time)'`,
  ],
};
/** Those commands. */
export const omitted = new Set(Object.values(unexecuted).flat());

/** Pages by what is broken. `alerting`: Prometheus has the alert of each; `also`: it needs more time or load than a test has. */
export const faults = {
  'PostgreSQL refuses connections': {
    alerting: [
      'ApiAllNotReady',
      'ApiErrorBudgetBurn',
      'ApiNotReady',
      'ApiProbeFailed',
      'ApiRouteErrorRatioHigh',
      'AssessmentFailuresHigh',
      'ComponentDegraded',
      'ComponentDown',
      'DbErrorsHigh',
      'IncidentOpen',
    ],
    also: ['CircuitBreakerFlapping'],
  },
  'Redis cannot be reached': {
    alerting: ['CacheBusDown', 'CacheErasuresPending', 'CircuitBreakerOpen', 'RateLimiterDegraded'],
    also: ['CacheErrors'],
  },
  'PostgreSQL is slow, and much else': {
    alerting: [
      'DbLatencyHigh',
      'DbPoolSaturated',
      'DbSlowerThanLastWeek',
      'EngineResultChanged',
      'ErrorLogSpike',
      'OutboundErrorRatioHigh',
      'RateLimitSurge',
      'TraceExportFailing',
    ],
    also: [
      'AdminKeyBootstrapInUse',
      'ApiInFlightHigh',
      'AppealsUpheldHigh',
      'AssessmentQueueBacklog',
      'AssessmentSlow',
      'AuthFailuresHigh',
      'BackupTooOld',
      'CacheHitRatioLow',
      'CandidateRetentionOverdue',
      'CircuitBreakerStuckHalfOpen',
      'ComponentCheckStale',
      'EngineScoreDrift',
      'EventLoopLagHigh',
      'EventLoopSaturated',
      'FileDescriptorsNearLimit',
      'GcPressure',
      'HeapNearLimit',
      'JobsDead',
      'JobsOldestAgeHigh',
      'LogLinesDropped',
      'MetricsCardinalityHigh',
      'MetricsCollectErrors',
      'MetricsScrapeSlow',
      'NoWorker',
      'RateLimiterOverflow',
      'RefreshReuse',
      'RestoreNotVerified',
      'TraceQueueNearFull',
      'UnscoredPathsRising',
      'UploadsFailing',
      'WebhookFailing',
    ],
  },
  'the exporters tell of trouble': {
    alerting: [
      'PostgresConnectionsNearLimit',
      'PostgresDeadlocks',
      'PostgresLongTransaction',
      'PostgresMetricsMissing',
      'RedisEvicting',
      'RedisMemoryNearLimit',
      'RedisMetricsMissing',
      'RedisPersistenceFailing',
      'RedisRejectedConnections',
    ],
    also: [],
  },
  'the monitoring is broken': {
    alerting: [
      'AlertmanagerNotificationsFailing',
      'MonitoringTargetDown',
      'PrometheusConfigReloadFailed',
      'PrometheusRuleFailures',
      'SloRecordsMissing',
      'Watchdog',
    ],
    also: [],
  },
  'the service has crashed': { alerting: ['ApiAllInstancesDown', 'ApiInstanceDown'], also: [] },
  'the service has crashed and is back': { alerting: [], also: ['ApiRestartLoop', 'README'] },
  'Prometheus finds neither': {
    alerting: ['ApiTargetMissing', 'PrometheusNotConnectedToAlertmanager'],
    also: [],
  },
} as const;
export type Fault = keyof typeof faults;

const pages = readRunbooks();

/** A test for each page of a fault. */
export function tryPages(fault: Fault, rig: () => RunbookRig, findings: Findings = {}): void {
  for (const name of [...faults[fault].alerting, ...faults[fault].also]) {
    it(`of ${name} answer while ${fault}`, async () => {
      const page = pages.find((one) => one.name === name);
      assert.ok(page !== undefined, `no page ${name}`);
      const commands = page.commands.filter((command) => !omitted.has(command));
      const told = await faultsOf(rig(), { ...page, commands }, findings);
      assert.equal(told.join('\n'), '');
    });
  }
}

/** The lines that the first filter of a page leaves of the log. */
export async function filteredLines({ shell }: RunbookRig, name: string): Promise<string[]> {
  const page = pages.find((one) => one.name === name);
  const [command = ''] = page?.commands.filter((one) => one.startsWith('logs | jq')) ?? [];
  const [filter = ''] = /^logs \| jq -\w+ '[^']*'/.exec(command) ?? [];
  const { stdout } = await shell.run(filter);
  return stdout.split('\n').filter((line) => line !== '');
}

type Headers = Record<string, string>;

export function post(body: object, headers: Headers = {}) {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** @returns the result's text */
export function assess(rig: RunbookRig, headers?: Headers): Promise<string> {
  return rig.ask('/api/v1/assessments', post(assessmentExamples.code.value, headers));
}

export function times<T>(count: number, run: () => T): T[] {
  return Array.from({ length: count }, run);
}
