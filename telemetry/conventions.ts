/**
 * Names that more than one signal uses. Spans and logs follow the OpenTelemetry semantic
 * conventions; metric labels are the same names with underscores, shortened where the house
 * catalogue says so.
 */
import {
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_STORED_PROCEDURE_NAME,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';

/** Span attributes and log fields. */
export const attr = {
  httpMethod: ATTR_HTTP_REQUEST_METHOD,
  httpMethodOriginal: ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  httpRoute: ATTR_HTTP_ROUTE,
  httpStatus: ATTR_HTTP_RESPONSE_STATUS_CODE,
  urlPath: ATTR_URL_PATH,
  urlScheme: ATTR_URL_SCHEME,
  serverAddress: ATTR_SERVER_ADDRESS,
  networkProtocolVersion: ATTR_NETWORK_PROTOCOL_VERSION,
  userAgent: ATTR_USER_AGENT_ORIGINAL,
  errorType: ATTR_ERROR_TYPE,
  dbSystem: ATTR_DB_SYSTEM_NAME,
  dbOperation: ATTR_DB_OPERATION_NAME,
  dbQueryText: ATTR_DB_QUERY_TEXT,
  dbQuerySummary: ATTR_DB_QUERY_SUMMARY,
  /** SQLSTATE, or the first word of an error reply of Redis. */
  dbStatus: ATTR_DB_RESPONSE_STATUS_CODE,
  dbProcedure: ATTR_DB_STORED_PROCEDURE_NAME,
  eventName: 'event.name',
  requestId: 'request_id',
  /** Public code of the error that was answered. */
  errorCode: 'error_code',
  /** The client closed the connection before the answer was complete. */
  clientAborted: 'http.client_aborted',
  /** Of a failed request: what did not do its part, which breaker refused, and how it all began. */
  dependency: 'dependency.name',
  breaker: 'circuit_breaker.name',
  errorCause: 'error.cause',
  cacheName: 'cache.name',
  cacheResult: 'cache.result',
  cacheTier: 'cache.tier',
  cacheAgeMs: 'cache.age_ms',
  /** Account or key that asked: an identifier of ours, which names nobody. */
  caller: 'user.id',
  /** Who asked, as an HMAC that tells nobody who that is (see `rate-limit/subject.ts`). */
  subject: 'rate_limit.subject',
  /** Whom and what a request is about, as HMACs, too (see `src/http/request/handles.ts`). */
  candidate: 'candidate.handle',
  assessment: 'assessment.handle',
  /** Of a job or a batch of them: an identifier of ours, which names nobody. */
  job: 'job.id',
  rateLimitResult: 'rate_limit.result',
  rateLimitPolicy: 'rate_limit.policy',
  rateLimitSource: 'rate_limit.source',
  rateLimitRemaining: 'rate_limit.remaining',
} as const;

/** RFC 9110 plus PATCH; anything else is reported as `_OTHER` (semantic conventions). */
export const httpMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  '_OTHER',
] as const;
export type HttpMethod = (typeof httpMethods)[number];

const knownMethods: ReadonlySet<string> = new Set(httpMethods);

export function knownMethod(method: string): HttpMethod {
  return knownMethods.has(method) ? (method as HttpMethod) : '_OTHER';
}

/** Histogram bounds in seconds and bytes. Objectives sit on fractions only: Prometheus 3 stores the bound 1 as `1.0`, 2 as `1`. */
export const buckets = {
  http: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  fast: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  /** Closest around DbLatencyHigh (0.2): a quantile is only as true as its bucket is narrow. */
  db: [0.001, 0.005, 0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 5, 10],
  /** Each four times the one before, up to the default of MAX_UPLOAD_SIZE. */
  size: [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 10_485_760],
} as const;
