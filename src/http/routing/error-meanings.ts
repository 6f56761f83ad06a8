import { errorCodes, type ErrorCode } from '../../errors.ts';
import { problemType } from '../problems.ts';

/** What each code tells a client; its detail in a response is more precise. */
export const errorMeanings: Record<ErrorCode, string> = {
  MALFORMED_JSON: 'The body is empty, not JSON, not UTF-8, or nested more than 32 levels deep.',
  BAD_REQUEST: 'The request is malformed in another way.',
  UNAUTHORIZED: 'The request carries no valid credentials.',
  INVALID_CREDENTIALS: 'The user name or password is wrong.',
  FORBIDDEN: 'The caller may not do this.',
  NOT_FOUND: 'There is no such resource, or the caller may not know of it.',
  METHOD_NOT_ALLOWED: 'The resource does not support the method; Allow lists those it does.',
  REQUEST_HEADER_TIMEOUT: 'The request did not arrive in time.',
  NOT_ACCEPTABLE: 'No representation of the resource is one that Accept names.',
  CONFLICT: 'The request conflicts with the state of the resource.',
  DUPLICATE_RESOURCE: 'A resource with this identifier exists.',
  PRECONDITION_FAILED: 'If-Match names no entity tag that the resource has now; read it again.',
  PAYLOAD_TOO_LARGE: 'The body is larger than the limit.',
  FILE_TOO_LARGE: 'An uploaded file is larger than the limit.',
  UNSUPPORTED_MEDIA_TYPE: 'The Content-Type or Content-Encoding is not accepted.',
  INVALID_FILE_TYPE: 'A file of this type is not accepted.',
  MISDIRECTED_REQUEST: 'The Host is not one that this service answers for.',
  VALIDATION_ERROR: 'The request does not fit the schema; errors names each place.',
  INVALID_FORMAT: 'A value has the wrong format.',
  RATE_LIMIT_EXCEEDED: 'Too many requests; Retry-After says when to come back.',
  HEADERS_TOO_LARGE: 'The request header is larger than 16 KiB.',
  INTERNAL_ERROR: 'A defect of the service; quote the request_id.',
  SERVICE_UNAVAILABLE:
    'The service is overloaded, draining, or lacks a dependency; come back after Retry-After.',
  REQUEST_TIMEOUT: 'The request took too long and was cancelled.',
};

/** A problem of the code as `GET /api/v1/errors` and the OpenAPI document show it. */
export function exampleOf(code: ErrorCode) {
  const { status, title } = errorCodes[code];
  const type = problemType(code);
  return { type, title, status, detail: errorMeanings[code], error_code: code };
}
