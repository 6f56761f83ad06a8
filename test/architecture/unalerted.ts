/**
 * Families that no rule reads, each group with the reason: they are on a panel, and nobody is told
 * when they move. A test holds this list against the rules and against what the service exposes.
 */
export const unalerted: readonly { reason: string; families: readonly string[] }[] = [
  {
    reason: 'Identity and labels to join with; a change is an annotation on every dashboard.',
    families: ['app_build_info', 'nodejs_version_info', 'target_info'],
  },
  {
    reason:
      'Whatever uses up memory ends at the heap limit (HeapNearLimit); the parts say where it went.',
    families: [
      'nodejs_external_memory_bytes',
      'nodejs_heap_size_total_bytes',
      'nodejs_heap_space_size_available_bytes',
      'nodejs_heap_space_size_total_bytes',
      'nodejs_heap_space_size_used_bytes',
      'process_heap_bytes',
      'process_resident_memory_bytes',
      'process_virtual_memory_bytes',
    ],
  },
  {
    reason:
      'A busy process harms nobody until its event loop is late (EventLoopLagHigh, EventLoopSaturated); these are the detail.',
    families: [
      'nodejs_eventloop_lag_max_seconds',
      'nodejs_eventloop_lag_mean_seconds',
      'nodejs_eventloop_lag_p50_seconds',
      'nodejs_eventloop_lag_p90_seconds',
      'nodejs_eventloop_lag_seconds',
      'nodejs_eventloop_time_seconds_total',
      'process_cpu_seconds_total',
      'process_cpu_system_seconds_total',
      'process_cpu_user_seconds_total',
    ],
  },
  {
    reason: 'Size and manners of the clients are theirs; what we do wrong is in the status codes.',
    families: [
      'http_request_size_bytes',
      'http_requests_aborted_total',
      'http_response_size_bytes',
    ],
  },
  {
    reason:
      'The same errors as the status codes that ApiErrorBudgetBurn and ApiRouteErrorRatioHigh read, by another name.',
    families: ['app_errors_total', 'http_requests_shed_total'],
  },
  {
    reason:
      'The state that follows from the probes is what ComponentDown and ComponentDegraded read.',
    families: ['component_health_check_duration_seconds', 'component_health_check_failures_total'],
  },
  {
    reason:
      'What languages are submitted is the clients’ choice; that they get no score any more is UnscoredPathsRising.',
    families: ['assessment_languages_total'],
  },
  {
    reason:
      'That golden submissions are judged at all; that one comes out otherwise is EngineResultChanged, and that the engine fails is AssessmentFailuresHigh.',
    families: ['engine_golden_checks_total'],
  },
  {
    reason:
      'That somebody is erased is what was asked for; that somebody is not is CandidateRetentionOverdue and CacheErasuresPending.',
    families: ['candidates_erased_total'],
  },
  {
    reason:
      'How much is uploaded is bounded for each account (UPLOAD_QUOTA_BYTES); that it cannot be stored is UploadsFailing.',
    families: ['upload_bytes_total', 'uploads_stored_bytes'],
  },
  {
    reason: 'Work at hand; too much of it is AssessmentQueueBacklog and AssessmentSlow.',
    families: ['assessment_in_flight'],
  },
  {
    reason: 'Part of the time of a scrape, which MetricsScrapeSlow reads.',
    families: ['metrics_render_duration_seconds'],
  },
  {
    reason:
      'How many spans there are follows from traffic; those that get lost are TraceExportFailing.',
    families: ['otel_sdk_span_live', 'otel_sdk_span_started_total'],
  },
  {
    reason:
      'What goes on around a breaker; that it opens, flaps or sticks is what its alerts read from its state.',
    families: [
      'circuit_breaker_call_duration_seconds',
      'circuit_breaker_failure_ratio',
      'circuit_breaker_last_transition_timestamp_seconds',
    ],
  },
  {
    reason:
      'What roles are for, what a login costs, and what administrators did: credentials that are refused are AuthFailuresHigh.',
    families: ['audit_events_total', 'auth_denied_total', 'password_hash_duration_seconds'],
  },
  {
    reason:
      'How the limiter gets to its decisions; that it limits many, or falls back, is RateLimitSurge and RateLimiterDegraded.',
    families: [
      'rate_limiter_check_duration_seconds',
      'rate_limiter_local_entries',
      'rate_limiter_store_errors_total',
      'rate_limiter_utilization_ratio',
    ],
  },
  {
    reason:
      'How the cache gets to its answers; that it has few, or that Redis fails it, is CacheHitRatioLow and CacheErrors.',
    families: [
      'cache_bytes',
      'cache_coalesced_total',
      'cache_entries',
      'cache_evictions_total',
      'cache_invalidations_total',
      'cache_load_duration_seconds',
      'cache_loads_total',
      'cache_operation_duration_seconds',
      'cache_writes_rejected_total',
    ],
  },
  {
    reason:
      'A gap is healed by comparing entries with Redis; an ear that stays deaf is CacheBusDown.',
    families: ['cache_bus_gaps_total'],
  },
  {
    reason:
      'A queue that is slow has an old job (JobsOldestAgeHigh), and what fails is dead at last (JobsDead); these say where the time goes.',
    families: ['job_duration_seconds', 'job_wait_seconds', 'jobs_total'],
  },
  {
    reason: 'A receiver that is slow is given up after 5 s, which is a failure (WebhookFailing).',
    families: ['webhook_delivery_duration_seconds'],
  },
];
