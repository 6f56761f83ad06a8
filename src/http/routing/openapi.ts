/** OpenAPI 3.1 of exactly the routes that are served, from the schemas that validate them. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { HeaderFact, HeaderFacts } from '../headers.ts';
import { errorHeaders, errorsByStatus, problemResponse, responseName } from './openapi-problems.ts';
import { schemaConverter, type Convert, type Json } from './openapi-schemas.ts';
import { contentTypes } from './reply.ts';
import type { Behaviour, Route, RouteBody, RouteResponse, RouteTag } from './route.ts';

export interface ApiDescription {
  version: string;
  /** Answered above the host check, the deadline and the rate limit. */
  status: readonly Route[];
  /** Below them. */
  api: readonly Route[];
  /** What every request may bring, every answer carries, and every answer of a limited route. */
  headers: { request: HeaderFacts; response: HeaderFacts; limited: HeaderFacts };
  /** Where clients reach it; null: wherever they had this document from. */
  publicUrl: string | null;
}

export interface OpenApiDocument extends Json {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Json> & {
    headers: Json;
    parameters: Record<string, { name: string }>;
    securitySchemes: Json;
  };
}

const FORM = 'application/x-www-form-urlencoded';

interface Operation extends Json {
  operationId: string;
  responses: Json;
}

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token or an API key.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'An API key.',
  },
} as const;

export function openApi(api: ApiDescription): OpenApiDocument {
  const components = {
    schemas: {} as Json,
    responses: {} as Json,
    parameters: {} as Record<string, { name: string }>,
    headers: {} as Json,
    securitySchemes,
  };
  const assembler = { api, components, convert: schemaConverter(components.schemas) };
  const paths: OpenApiDocument['paths'] = {};
  const tags = new Map<string, RouteTag>();
  for (const route of [...api.status, ...api.api]) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method] = operation(route, assembler);
    tags.set(route.tag.name, route.tag);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sono-Eval',
      version: api.version,
      description:
        'Explainable assessment of developers’ submissions. Every error is a problem (RFC 9457). A request whose header is too large (431) or does not arrive in time (408) is refused before it reaches an operation.',
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'Sono-Eval', url: 'https://github.com/sono-eval/sono-eval' },
    },
    servers: [
      api.publicUrl === null
        ? { url: '/', description: 'Where this document came from' }
        : { url: api.publicUrl, description: 'Where clients reach the service' },
    ],
    tags: [...tags.values()],
    paths,
    components,
  };
}

interface Assembler {
  api: ApiDescription;
  components: Record<'schemas' | 'responses' | 'headers', Json> & {
    parameters: Record<string, { name: string }>;
  };
  convert: Convert;
}

function operation(route: Route, assembler: Assembler): Operation {
  const { api, components, convert } = assembler;
  const isGuarded = api.api.includes(route);
  const limited = isGuarded && route.cost !== 0 ? api.headers.limited : {};
  const headers = { ...api.headers.response, ...limited };
  const requestHeaders = Object.assign(
    {},
    ...behavioursOf(route).map((each) => each.requestHeaders),
    api.headers.request,
  ) as HeaderFacts;
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: route.description,
    tags: [route.tag.name],
    'x-access': route.access,
    'x-rate-limit-cost': isGuarded ? (route.cost ?? 1) : 0,
    security: securityOf(route),
    parameters: [
      ...parametersOf(route.params, 'path', convert),
      ...parametersOf(route.query, 'query', convert),
      ...Object.entries(requestHeaders).map(([name, fact]) => {
        components.parameters[name] ??= headerParameter(name, fact);
        return { $ref: `#/components/parameters/${name}` };
      }),
    ],
    ...requestBody(route.body, convert),
    responses: {
      ...failures(route, isGuarded, headers, assembler),
      ...successes(route, headers, assembler),
    },
  };
}

const behavioursOf = ({ behaviours = [] }: Route): readonly Behaviour[] => behaviours;

function successes(route: Route, common: HeaderFacts, assembler: Assembler): Json {
  const behaviours = behavioursOf(route);
  const own = behaviours.map(({ responseHeaders }) => responseHeaders);
  const declared = [route.responses, ...behaviours.map((each) => each.responses ?? {})];
  return Object.fromEntries(
    declared
      .flatMap((each) => Object.entries(each))
      .map(([status, response]) => {
        const headers = Object.assign({}, common, ...own, response.headers) as HeaderFacts;
        return [status, success(route, response, headers, assembler)];
      }),
  );
}

/** Shared by the operations that can fail in the same ways. */
function failures(
  route: Route,
  isGuarded: boolean,
  common: HeaderFacts,
  { api, components, convert }: Assembler,
): Json {
  const responses: Json = {};
  for (const [status, codes] of errorsByStatus(route, isGuarded)) {
    // A status that the route answers in its own words.
    if (route.responses[status] !== undefined) continue;
    const marks = behavioursOf(route).filter(({ alsoOn }) => alsoOn?.status === status);
    const name = marks.map(({ alsoOn }) => alsoOn?.name).join('') + responseName(codes, isGuarded);
    const headers = Object.assign(
      {},
      // The host is checked above the limit.
      status === 421 ? api.headers.response : common,
      errorHeaders(status),
      ...marks.map(({ responseHeaders }) => responseHeaders),
    ) as HeaderFacts;
    components.responses[name] ??= {
      ...problemResponse(codes, convert),
      headers: headerReferences(headers, components.headers),
    };
    responses[status] = { $ref: `#/components/responses/${name}` };
  }
  return responses;
}

function success(
  route: Route,
  { description, schema, mediaTypes, asText = [] }: RouteResponse,
  headers: HeaderFacts,
  { components, convert }: Assembler,
): Json {
  const types = mediaTypes ?? [contentTypes[route.reply].replace(/;.*/, '')];
  return {
    description,
    headers: headerReferences(headers, components.headers),
    ...(schema === undefined
      ? {}
      : {
          content: Object.fromEntries([
            ...types.map((type) => [type, { schema: convert(schema, 'response') }] as const),
            ...asText.map((type) => [type, { schema: { type: 'string' } }] as const),
          ]) as Json,
        }),
  };
}

/** Either of them. The least role is `x-access`. */
function securityOf({ access }: Route): Json[] {
  if (access === 'public') return [];
  return Object.keys(securitySchemes).map((scheme) => ({ [scheme]: [] }));
}

function requestBody(body: RouteBody, convert: Convert): Json {
  if (typeof body === 'string') return {};
  if ('multipart' in body) {
    const content = { 'multipart/form-data': { schema: convert(body.multipart, 'body') } };
    return { requestBody: { required: true, content } };
  }
  const content =
    'json' in body
      ? { 'application/json': { schema: convert(body.json, 'body'), examples: body.examples } }
      : { [FORM]: { schema: convert(body.form, 'body'), examples: body.examples } };
  return { requestBody: { required: true, content } };
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  convert: Convert,
): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => {
    const { description, ...json } = convert(member, 'parameter');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description === undefined ? {} : { description }),
      schema: json,
    };
  });
}

/** Its example is told, not given: /docs would send it, and an Idempotency-Key must be the client's own. */
function headerParameter(name: string, fact: HeaderFact) {
  const { example, description, ...rest } = headerObject(fact);
  const told = `${String(description)} Example: \`${String(example)}\`.`;
  return { name, in: 'header', required: false, description: told, ...rest };
}

/** A header that means something else here, such as Location, is described here. */
function headerReferences(facts: HeaderFacts, components: Json): Json {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      const header = { required: fact.required === true, ...headerObject(fact) };
      const shared = (components[name] ??= header);
      const same = isDeepStrictEqual(shared, header);
      return [name, same ? { $ref: `#/components/headers/${name}` } : header];
    }),
  );
}

function headerObject({ description, example, type = 'string', pattern }: HeaderFact): Json {
  return { description, schema: { type, ...(pattern === undefined ? {} : { pattern }) }, example };
}
