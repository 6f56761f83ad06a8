/** OpenAPI 3.1 of exactly the routes that are served, from the schemas that validate them. */
import { z } from 'zod';
import { errorCodes, type ErrorCode } from '../../errors.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

/** Any route may answer these. */
const everywhere: ErrorCode[] = ['INTERNAL_ERROR', 'SERVICE_UNAVAILABLE', 'REQUEST_TIMEOUT'];
const withBody: ErrorCode[] = [
  'MALFORMED_JSON',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_ERROR',
];

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    error_code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string(),
    trace_id: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), message: z.string(), code: z.string() }))
      .optional(),
    help: z
      .object({
        suggestion: z.string(),
        docs_url: z.string(),
        valid_examples: z.array(z.unknown()).optional(),
      })
      .optional(),
    retry_after: z.number().int().optional(),
    violated_policies: z.array(z.string()).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** On every answer of a limited route. */
const limitHeaders = {
  'X-RateLimit-Limit': 'Quota of the policy nearest exhaustion',
  'X-RateLimit-Remaining': 'What is left of it',
  'X-RateLimit-Reset': 'Seconds until there is room again',
  'X-RateLimit-Backend': 'redis, or memory while each process counts alone',
  'RateLimit-Policy': 'All policies: "minute";q=60;w=60, "hour";q=1000;w=3600',
  RateLimit: 'The policy nearest exhaustion: "minute";r=12;t=34',
};

/** Collects named schemas under components while it converts. */
function converter(components: Json) {
  const named = (json: Json): Json => {
    const { $schema: _dialect, $id: _uri, id: _name, ...rest } = json;
    return rest;
  };
  return (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const converted = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
    const { $defs = {}, ...json } = JSON.parse(
      converted.replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Json & { $defs?: Record<string, Json> };
    for (const [id, definition] of Object.entries($defs)) components[id] = named(definition);
    // A named schema comes as a reference with its definition, which is where it belongs.
    return named(json);
  };
}

/** @param limited those that a rate limit applies to */
export function openApi(
  routes: readonly Route[],
  info: { version: string; limited: readonly Route[] },
): Json {
  const components: Json = {};
  const convert = converter(components);
  const problem = convert(problemSchema, 'output');
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method] = operation(route, convert, problem, info.limited.includes(route));
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sono-Eval',
      version: info.version,
      description: 'Explainable assessment of developers’ submissions.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: components, headers: headerComponents() },
  };
}

function operation(
  route: Route,
  convert: (schema: z.ZodType, io: 'input' | 'output') => Json,
  problem: Json,
  isLimited: boolean,
): Json {
  const headers = isLimited ? { headers: headerReferences() } : {};
  const parameters = [
    ...parametersOf(route.params, 'path', convert),
    ...parametersOf(route.query, 'query', convert),
  ];
  const responses: Json = {};
  for (const [status, { description, schema, mediaType = 'application/json' }] of Object.entries(
    route.responses,
  )) {
    const content =
      schema === undefined
        ? {}
        : { content: { [mediaType]: { schema: convert(schema, 'output') } } };
    responses[status] = { description, ...headers, ...content };
  }
  for (const [status, codes] of errorsByStatus(route, isLimited)) {
    responses[status] ??= {
      description: codes.join(', '),
      ...headers,
      content: { 'application/problem+json': { schema: problem } },
    };
  }
  return {
    operationId: `${route.method}${route.path.replaceAll(/[^A-Za-z0-9]+(\w)/g, (_, c: string) => c.toUpperCase())}`,
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: convert(route.body, 'input') } },
          },
        }),
    responses,
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  convert: (schema: z.ZodType, io: 'input' | 'output') => Json,
): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: convert(member, 'input'),
  }));
}

function headerComponents(): Json {
  return Object.fromEntries(
    Object.entries(limitHeaders).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

function headerReferences(): Json {
  return Object.fromEntries(
    Object.keys(limitHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

function errorsByStatus(route: Route, isLimited: boolean): Map<number, ErrorCode[]> {
  const query: ErrorCode[] = route.query === undefined ? [] : ['VALIDATION_ERROR'];
  const codes = new Set([
    ...(route.errors ?? []),
    ...(route.body === undefined ? [] : withBody),
    ...query,
    ...(isLimited ? (['RATE_LIMIT_EXCEEDED'] as const) : []),
    ...everywhere,
  ]);
  return Map.groupBy(codes, (code) => errorCodes[code].status);
}
