import { z } from 'zod';
import { errorCodes, type ErrorCode } from '../../errors.ts';
import { problemType } from '../problems.ts';
import { route, type Route } from './route.ts';

const meanings: Record<ErrorCode, string> = {
  MALFORMED_JSON: 'The body is empty, not JSON, not UTF-8, or nested more than 32 levels deep.',
  BAD_REQUEST: 'The request is malformed in another way.',
  UNAUTHORIZED: 'The request carries no valid credentials.',
  INVALID_CREDENTIALS: 'The user name or password is wrong.',
  FORBIDDEN: 'The caller may not do this.',
  NOT_FOUND: 'There is no such resource, or the caller may not know of it.',
  METHOD_NOT_ALLOWED: 'The resource does not support the method; Allow lists those it does.',
  REQUEST_HEADER_TIMEOUT: 'The request did not arrive in time.',
  CONFLICT: 'The request conflicts with the state of the resource.',
  DUPLICATE_RESOURCE: 'A resource with this identifier exists.',
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

const errorListSchema = z
  .object({
    items: z.array(
      z.object({
        error_code: z.string(),
        type: z.string(),
        status: z.number().int(),
        title: z.string(),
        meaning: z.string(),
        example: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .meta({ id: 'ErrorList' });

export function errorRoutes(): Route[] {
  const items = (Object.keys(errorCodes) as ErrorCode[]).map((code) => {
    const { status, title } = errorCodes[code];
    const type = problemType(code);
    const example = { type, title, status, detail: meanings[code], error_code: code };
    return { error_code: code, type, status, title, meaning: meanings[code], example };
  });
  const body = JSON.stringify({ items });
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  return [
    route({
      method: 'get',
      path: '/api/v1/errors',
      summary: 'Every error code with its meaning',
      tag: 'Reference',
      responses: { 200: { description: 'The codes', schema: errorListSchema } },
      handle: () => ({ status: 200, body, headers }),
    }),
  ];
}
