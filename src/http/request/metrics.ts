/** The HTTP families; `job="api"` objectives are computed from the first. */
import { errorCodes, type ErrorCode } from '../../errors.ts';
import { buckets, httpMethods } from '#telemetry/conventions.ts';
import { bounded, counter, gauge, histogram } from '#telemetry/metrics.ts';

/** Templates come from the route table; more of them means something else got in. */
const route = bounded(200);
const statusCode = bounded(60);

export const httpRequestDuration = histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from request received to response finished, by matched route',
  labels: { method: httpMethods, route, status_code: statusCode },
  buckets: buckets.http,
});

export const httpRequestsInFlight = gauge({
  name: 'http_requests_in_flight',
  help: 'Requests accepted and not yet finished',
});

export const httpRequestSize = histogram({
  name: 'http_request_size_bytes',
  help: 'Body size received',
  labels: { method: httpMethods, route },
  buckets: buckets.size,
});

export const httpResponseSize = histogram({
  name: 'http_response_size_bytes',
  help: 'Body size sent',
  labels: { method: httpMethods, route },
  buckets: buckets.size,
});

export const httpRequestsAborted = counter({
  name: 'http_requests_aborted_total',
  help: 'Client closed the connection before the response ended',
  labels: { route },
});

export const appErrors = counter({
  name: 'app_errors_total',
  help: 'Errors by public error code; a defect is an error that nobody foresaw',
  labels: {
    code: Object.keys(errorCodes) as ErrorCode[],
    kind: ['operational', 'defect'] as const,
  },
});

export const httpRequestsShed = counter({
  name: 'http_requests_shed_total',
  help: 'Requests and connections refused with 503 because more came than can be served',
  labels: {
    reason: ['line_full', 'waited_too_long', 'engine_full', 'bodies', 'connections'] as const,
  },
});
