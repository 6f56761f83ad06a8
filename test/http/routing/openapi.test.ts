import assert from 'node:assert/strict';
import { apiDocument } from '#test/support/api-routes.ts';
import { testService } from '#test/support/service.ts';

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

  it('documents a body and its problems for each route that takes one', async () => {
    const { json } = await service.get('/openapi.json');
    const { post } = json.paths['/api/v1/assessments'];
    assert.ok(post.requestBody.required);
    for (const status of ['201', '400', '413', '415', '422', '503'])
      assert.ok(post.responses[status], status);
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
