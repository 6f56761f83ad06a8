/**
 * Every answer of a service under test keeps to the OpenAPI document, or the test that asked fails:
 * `fetch` is wrapped for the addresses that are said to be under contract. Loaded by global-setup.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { unmatched } from '#src/http/request/context.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { apiDocument, apiRoutes, statusRoutes } from './api-routes.ts';

export interface AnswerUnderContract {
  method: string;
  /** Absolute, or a path. */
  url: string;
  status: number;
  headers: Pick<Headers, 'get'>;
  text: string;
}

interface Documented {
  headers?: Record<string, HeaderObject | { $ref: string }>;
  content?: Record<string, { schema: object }>;
}

interface HeaderObject {
  required?: boolean;
  schema: { type: string; pattern?: string };
}

const document = JSON.parse(JSON.stringify(apiDocument)) as {
  paths: Record<
    string,
    Record<string, { responses: Record<string, Documented & { $ref?: string }> }>
  >;
  components: {
    headers: Record<string, HeaderObject>;
    responses: Record<string, Documented>;
  };
};
const table = createRouteTable([...statusRoutes, ...apiRoutes]);

const ajv = new Ajv2020({ strict: false, validateSchema: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
ajv.addSchema(document, 'api');

const validators = new Map<object, ValidateFunction>();
/** Compiled when first needed: most tests see a few operations. */
function validatorOf(schema: object): ValidateFunction {
  let validator = validators.get(schema);
  if (validator === undefined) {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    validator = ajv.compile(JSON.parse(text) as object);
    validators.set(schema, validator);
  }
  return validator;
}

const problem = { $ref: '#/components/schemas/Problem' };

function bodyFaults({ text }: AnswerUnderContract, schema: object): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return ['the body is not JSON'];
  }
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** @returns what is wrong with the body of a refusal, whatever was asked for; nothing when it is a problem */
export function problemFaults(answer: AnswerUnderContract): string[] {
  return bodyFaults(answer, problem);
}

function headerFaults(
  { headers }: AnswerUnderContract,
  declared: Documented['headers'] = {},
): string[] {
  return Object.entries(document.components.headers).flatMap(([name, shared]) => {
    const value = headers.get(name);
    const here = declared[name];
    if (here === undefined) return value === null ? [] : [`${name} is not declared`];
    const { required, schema } = '$ref' in here ? shared : here;
    if (value === null) return required === true ? [`${name} is missing`] : [];
    const pattern = schema.type === 'string' ? (schema.pattern ?? '') : String.raw`^\d+(\.\d+)?$`;
    return new RegExp(pattern).test(value) ? [] : [`${name} is malformed: ${value}`];
  });
}

function contentFaults(answer: AnswerUnderContract, { content = {} }: Documented): string[] {
  if (answer.method === 'HEAD' || Object.keys(content).length === 0)
    return answer.text === '' ? [] : ['there is a body'];
  const type = (answer.headers.get('content-type') ?? '').replace(/;.*/, '');
  const declared = content[type];
  if (declared === undefined) return [`${type || 'no content type'} is not declared`];
  return type.endsWith('json') ? bodyFaults(answer, declared.schema) : [];
}

/** @returns what the document does not say of the answer; nothing when it keeps to it */
export function contractFaults(answer: AnswerUnderContract): string[] {
  if (answer.method === 'OPTIONS') return [];
  const method = answer.method === 'HEAD' ? 'GET' : answer.method;
  // Not by URL, which would resolve the dots that the service has seen.
  const path = answer.url.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*/, '');
  const { template } = table.factsOf(method, path);
  const operation = document.paths[template.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  if (operation === undefined) {
    // No operation: refused, and told so.
    const expected = template === unmatched.template ? [400, 404, 421, 429] : [400, 405, 421, 429];
    const refused = expected.includes(answer.status) ? [] : ['there is no such operation'];
    return answer.method === 'HEAD' ? refused : [...refused, ...bodyFaults(answer, problem)];
  }
  const found = operation.responses[answer.status];
  if (found === undefined) return ['the status is not declared'];
  const declared =
    found.$ref === undefined
      ? found
      : (document.components.responses[found.$ref.split('/').at(-1) ?? ''] ?? {});
  return [...headerFaults(answer, declared.headers), ...contentFaults(answer, declared)];
}

const origins = new Set<string>();
/** Also those that a test has caught; one of each kind. */
const breaches = new Map<string, string>();

/** From now on the answers of this service are checked, until it stops: its port may be another's then. @returns ends it */
export function underContract(url: string): () => void {
  const { origin } = new URL(url);
  origins.add(origin);
  return () => void origins.delete(origin);
}

/** @throws {Error} for an answer that does not keep to the document */
export function keepsContract(answer: AnswerUnderContract): void {
  const faults = contractFaults(answer);
  if (faults.length === 0) return;
  const { method, url, status, text } = answer;
  const what = `${status} against the OpenAPI document: ${faults.join('; ')}`;
  const breach = `${method} ${url} answered ${what}\n${text.slice(0, 500)}`;
  breaches.set(`${method} ${what}`, breach);
  throw new Error(breach);
}

const fetchAnything = globalThis.fetch;
globalThis.fetch = async function fetch(input, init) {
  const response = await fetchAnything(input, init);
  const request = input instanceof Request ? input : undefined;
  const url = input instanceof Request ? input.url : input.toString();
  if (!origins.has(new URL(url).origin)) return response;
  const method = init?.method ?? request?.method ?? 'GET';
  const { status, headers } = response;
  const streams = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = streams ? '' : await response.clone().text();
  keepsContract({ method, url, status, headers, text });
  return response;
};

/** @throws {Error} for breaches that a test caught as if it had expected them */
export function assertNoBreaches(): void {
  if (breaches.size > 0) throw new Error([...breaches.values()].join('\n'));
}
