/**
 * Names that more than one signal uses. Spans and logs follow the OpenTelemetry semantic
 * conventions; metric labels are the same names with underscores, shortened where the house
 * catalogue says so.
 */

/** Span attributes and log fields. */
export const attr = {
  httpMethod: 'http.request.method',
  httpMethodOriginal: 'http.request.method_original',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  urlPath: 'url.path',
  urlScheme: 'url.scheme',
  serverAddress: 'server.address',
  networkProtocolVersion: 'network.protocol.version',
  userAgent: 'user_agent.original',
  errorType: 'error.type',
  dbSystem: 'db.system.name',
  dbOperation: 'db.operation.name',
  dbQueryText: 'db.query.text',
  dbQuerySummary: 'db.query.summary',
  eventName: 'event.name',
  requestId: 'request_id',
  /** The client closed the connection before the answer was complete. */
  clientAborted: 'http.client_aborted',
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

/** Histogram bounds in seconds and bytes. No objective may sit on an integer bound (see README). */
export const buckets = {
  http: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  fast: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  db: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  size: [100, 1e3, 1e4, 1e5, 1e6, 1e7],
} as const;
