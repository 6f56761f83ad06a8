/** The errors of an operation: which can happen, each set of them once under `components/responses`. */
import { z } from 'zod';
import { errorCodes, type ErrorCode } from '../../errors.ts';
import { problemHeaders } from '../problems.ts';
import { roles } from '../request/caller.ts';
import { errorMeanings, exampleOf } from './error-meanings.ts';
import type { Convert, Json } from './openapi-schemas.ts';
import { bodyKind, type Route } from './route.ts';

const everywhere: ErrorCode[] = ['BAD_REQUEST', 'METHOD_NOT_ALLOWED', 'INTERNAL_ERROR'];
/** Below the host check and the deadline. */
const guarded: ErrorCode[] = ['MISDIRECTED_REQUEST', 'SERVICE_UNAVAILABLE', 'REQUEST_TIMEOUT'];
const withForm: ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_ERROR'];
const withBody = {
  none: [],
  multipart: ['FILE_TOO_LARGE', 'INVALID_FILE_TYPE', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_ERROR'],
  form: withForm,
  json: ['MALFORMED_JSON', ...withForm],
} as const satisfies Record<string, readonly ErrorCode[]>;

const problemSchema = z
  .object({
    type: z.string().describe('URI reference of the kind of problem, in the list of errors'),
    title: z.string().describe('The same for each problem of this kind'),
    status: z.int().min(400).max(599).describe('HTTP status'),
    detail: z.string().describe('What went wrong this time'),
    instance: z.string().describe('Path of the request; empty when it could not be read'),
    error_code: z
      .enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]])
      .describe('For programs to act on'),
    request_id: z.string().describe('To quote in a report; as in `X-Request-ID`'),
    trace_id: z.string().describe('Trace of the request, 32 hexadecimal digits'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON Pointer (RFC 6901) into the body or query'),
          message: z.string().describe('What is wrong there'),
          code: z.string().describe('For programs to act on'),
        }),
      )
      .optional()
      .describe('Each fault of the request'),
    help: z
      .object({
        suggestion: z.string().describe('What to do'),
        docs_url: z.string().describe('Where to read more'),
        valid_examples: z.array(z.unknown()).optional().describe('Values that would be accepted'),
      })
      .optional()
      .describe('How to go on'),
    retry_after: z.int().optional().describe('Seconds until a retry may succeed'),
    violated_policies: z.array(z.string()).optional().describe('Rate limits that are used up'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

export function errorsByStatus(route: Route, isGuarded: boolean): Map<number, ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...everywhere,
    ...(route.params === undefined ? [] : (['NOT_FOUND'] as const)),
    ...(route.query === undefined ? [] : (['VALIDATION_ERROR'] as const)),
    ...withBody[bodyKind(route)],
    ...(isGuarded ? guarded : []),
    ...accessErrors(route),
    ...(isGuarded && route.cost !== 0 ? (['RATE_LIMIT_EXCEEDED'] as const) : []),
    ...(route.behaviours ?? []).flatMap(({ errors = [] }) => errors),
    ...(route.errors ?? []),
  ]);
  return Map.groupBy([...codes].sort(), (code) => errorCodes[code].status);
}

function accessErrors({ access }: Route): ErrorCode[] {
  if (access === 'public') return [];
  return access === roles[0] ? ['UNAUTHORIZED'] : ['UNAUTHORIZED', 'FORBIDDEN'];
}

const statusesOf: Record<keyof typeof problemHeaders, number[]> = {
  'Retry-After': [409, 429, 503],
  'WWW-Authenticate': [401, 403],
  Allow: [405],
};

/** Headers of a status beyond those that every answer has. */
export function errorHeaders(status: number): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(problemHeaders).filter(([name]) =>
      statusesOf[name as keyof typeof problemHeaders].includes(status),
    ),
  );
}

/** `ConflictOrDuplicateResource` */
export function responseName(codes: readonly ErrorCode[], limited: boolean): string {
  const name = codes
    .map((code) =>
      code.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    )
    .join('Or');
  return limited ? name : `${name}Unlimited`;
}

export function problemResponse(codes: readonly ErrorCode[], convert: Convert): Json {
  const examples = codes.map((code) => [
    code,
    {
      summary: errorCodes[code].title,
      value: {
        ...exampleOf(code),
        instance: '/api/v1/assessments',
        request_id: '0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00',
        trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
    },
  ]);
  return {
    description: codes.map((code) => `\`${code}\`: ${errorMeanings[code]}`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: convert(problemSchema, 'response'),
        examples: Object.fromEntries(examples) as Json,
      },
    },
  };
}
