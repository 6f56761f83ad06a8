import assert from 'node:assert/strict';
import { apiDocument } from '#test/support/api-routes.ts';
import { testService } from '#test/support/service.ts';

interface Documented {
  operationId: string;
  'x-access': string;
  security: object[];
  parameters: {
    $ref?: string;
    name?: string;
    description?: string;
    schema?: { examples?: string[] };
  }[];
  requestBody?: {
    content: Record<string, { examples?: Record<string, { value: object }> }>;
  };
  responses: Record<string, { headers?: object & Record<string, unknown> }>;
}

interface InputSchema {
  required: string[];
  properties: Record<string, { description?: string }>;
}

const parametersOf = ({ parameters }: Documented) =>
  parameters.map(({ $ref, name }) => name ?? $ref?.split('/').at(-1));

/** Of a parameter of the path. */
const exampleOf = ({ parameters }: Documented, wanted: string) =>
  parameters.find(({ name }) => name === wanted)?.schema?.examples?.[0] ?? '';

describe('the reference', () => {
  const service = testService();

  it('is OpenAPI 3.1 of the routes, each reference resolving', async () => {
    const { json, text } = await service.get('/openapi.json');
    assert.match(json.openapi, /^3\.1\./);
    for (const path of [
      '/api/v1/assessments',
      '/api/v1/candidates/{id}',
      '/health',
      '/api/v1/assessments/{id}/dashboard',
    ]) {
      assert.ok(json.paths[path], path);
    }
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    assert.ok(references.length > 20);
    for (const name of references) {
      assert.ok(json.components.schemas[name], name);
      assert.equal(json.components.schemas[name].$ref, undefined, `${name} refers to itself`);
    }
    assert.doesNotMatch(text, /#\/\$defs/);
  });

  it('is of the routes that tests describe', async () => {
    const { json } = await service.get('/openapi.json');
    assert.deepEqual(json, JSON.parse(JSON.stringify(apiDocument)));
  });

  it('documents the errors of each operation where they can happen, and no others', () => {
    const statusesOf = (path: string, method: string) =>
      Object.keys(apiDocument.paths[path]?.[method]?.responses ?? {}).join(' ');
    const expected: [string, string, string][] = [
      ['/health', 'get', '200 400 405 500 503'],
      ['/docs/{asset}', 'get', '200 400 404 405 500'],
      ['/api/v1/errors', 'get', '200 400 405 421 429 500 503 504'],
      ['/api/v1/candidates', 'post', '201 400 401 403 405 409 413 415 421 422 429 500 503 504'],
      ['/api/v1/candidates', 'get', '200 400 401 403 405 421 422 429 500 503 504'],
      ['/api/v1/candidates/{id}', 'get', '200 304 400 401 404 405 412 421 429 500 503 504'],
      ['/api/v1/assessments', 'post', '201 400 401 403 405 409 413 415 421 422 429 500 503 504'],
      ['/api/v1/assessments/{id}', 'delete', '204 400 401 403 404 405 412 421 429 500 503 504'],
    ];
    for (const [path, method, statuses] of expected)
      assert.equal(statusesOf(path, method), statuses, `${method} ${path}`);
  });

  it('documents the headers of each operation', () => {
    const { paths } = apiDocument;
    const create = paths['/api/v1/assessments']?.['post'] as unknown as Documented;
    assert.deepEqual(parametersOf(create), [
      'Idempotency-Key',
      'X-Request-ID',
      'traceparent',
      'tracestate',
    ]);
    for (const name of ['Location', 'Cache-Status', 'Age', 'Idempotency-Replayed', 'RateLimit'])
      assert.ok(create.responses['201']?.headers?.[name], name);
    const get = paths['/api/v1/assessments/{id}']?.['get'] as unknown as Documented;
    assert.ok(parametersOf(get).includes('If-None-Match'));
    for (const status of ['200', '304'])
      for (const name of ['ETag', 'X-Request-ID', 'X-Process-Time', 'X-RateLimit-Remaining'])
        assert.ok(get.responses[status]?.headers?.[name], `${name} of ${status}`);
    const { RateLimitExceeded, MethodNotAllowed } = apiDocument.components['responses'] as Record<
      string,
      { headers: object }
    >;
    assert.ok(RateLimitExceeded && 'Retry-After' in RateLimitExceeded.headers);
    assert.ok(MethodNotAllowed && 'Allow' in MethodNotAllowed.headers);
  });

  it('describes every schema, member and parameter', () => {
    const silent: string[] = [];
    const look = (value: unknown, place: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, child] of Object.entries(value)) {
        if (key === 'examples') continue;
        const members = key === 'properties' || (place === '/components' && key === 'schemas');
        for (const [name, member] of members ? Object.entries(child as Record<string, object>) : [])
          if (!('description' in member) && !('$ref' in member)) silent.push(`${place}/${name}`);
        look(child, `${place}/${key}`);
      }
    };
    look(apiDocument, '');
    for (const [path, operations] of Object.entries(apiDocument.paths))
      for (const operation of Object.values(operations) as unknown as Documented[])
        for (const parameter of operation.parameters)
          if (parameter.description === undefined && !JSON.stringify(parameter).includes('$ref'))
            silent.push(`${path} ${parameter.name}`);
    assert.deepEqual(silent, []);
  });

  it('lets clients leave out what has a default', () => {
    const { AssessmentInput } = apiDocument.components['schemas'] as Record<string, InputSchema>;
    assert.deepEqual(AssessmentInput?.required, ['candidate_id', 'content']);
    // Generators of types would make each of these a member that must be sent.
    assert.doesNotMatch(JSON.stringify(AssessmentInput), /"default":/);
    assert.match(
      AssessmentInput.properties['submission_type']?.description ?? '',
      /Default: `"code"`/,
    );
  });

  it('asks for a token or a key on every route that is not public', () => {
    for (const [path, operations] of Object.entries(apiDocument.paths))
      for (const operation of Object.values(operations) as unknown as Documented[]) {
        const open = operation.security.length === 0;
        assert.equal(open, operation['x-access'] === 'public', path);
        if (!open) assert.deepEqual(operation.security, [{ bearer: [] }, { apiKey: [] }], path);
      }
    assert.deepEqual(Object.keys(apiDocument.components.securitySchemes), ['bearer', 'apiKey']);
  });

  for (const [path, operations] of Object.entries(apiDocument.paths))
    for (const [method, operation] of Object.entries(operations) as unknown as [
      string,
      Documented,
    ][])
      for (const [type, { examples }] of Object.entries(operation.requestBody?.content ?? {}))
        // Those of a form with files are sent by the tests of uploads.
        for (const [name, { value }] of Object.entries(examples ?? {}))
          it(`has an example that works: ${operation.operationId}, ${name}`, async () => {
            const isForm = type === 'application/x-www-form-urlencoded';
            const known = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
              exampleOf(operation, parameter),
            );
            const { status, json } = await service.send(known, {
              method: method.toUpperCase(),
              headers: { 'Content-Type': type },
              body: isForm ? new URLSearchParams(Object.entries(value)) : JSON.stringify(value),
            });
            // Of what must exist before, that it is understood.
            const needsMore = path.includes('{') || path.startsWith('/api/v1/auth/');
            if (needsMore) assert.ok(![400, 415, 422].includes(status), String(status));
            else assert.ok([200, 201, 202].includes(status), String(status));
            if (operation.operationId === 'createAssessment')
              assert.ok(json.overall_score > 0, JSON.stringify(json.summary));
          });

  it('answers no documented operation with 404 or 405 as unknown', async () => {
    const { json } = await service.get('/openapi.json');
    for (const [path, operations] of Object.entries<Record<string, unknown>>(json.paths)) {
      for (const method of Object.keys(operations)) {
        const { status, headers } = await service.send(path.replace('{asset}', 'swagger-ui.css'), {
          method: method.toUpperCase(),
        });
        assert.notEqual(status, 405, `${method} ${path}`);
        assert.equal(headers.get('allow'), null);
      }
    }
  });

  it('serves a page that loads nothing from a foreign host', async () => {
    const { text, headers } = await service.get('/docs');
    assert.match(headers.get('content-type') ?? '', /^text\/html/);
    assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//);
    for (const [, file = ''] of text.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)) {
      assert.equal((await service.get(file)).status, 200, file);
    }
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self';/);
    // Attributes of style alone may be written in the page.
    assert.match(policy, /style-src 'self';/);
    assert.doesNotMatch(text, /<script(?! src=)|<style/);
    assert.doesNotMatch(policy, /https?:/);
  });

  it('serves no other file', async () => {
    for (const path of [
      '/docs/package.json',
      '/docs/..%2fpackage.json',
      '/docs/%2e%2e/package.json',
      '/docs/index.html',
      '/docs/constructor',
    ]) {
      assert.equal((await service.get(path)).status, 404, path);
    }
  });

  it('lists every error code', async () => {
    const { json } = await service.get('/api/v1/errors');
    const { MALFORMED_JSON } = Object.fromEntries(
      json.items.map((item: { error_code: string }) => [item.error_code, item]),
    );
    assert.equal(MALFORMED_JSON.status, 400);
    assert.equal(MALFORMED_JSON.type, '/api/v1/errors#malformed-json');
  });
});
