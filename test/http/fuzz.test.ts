/** Requests made from the OpenAPI document, sound and mutated: `fetch` checks that the answers keep to it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bodiesOf, mutated, targetsOf, type Document } from '#test/support/openapi-requests.ts';
import { testService } from '#test/support/service.ts';

function withoutFiles(body: unknown): unknown {
  const { content } = (body ?? {}) as { content?: { file_ids?: unknown } };
  if (typeof content === 'object' && content !== null) delete content.file_ids;
  return body;
}

describe('requests made from the OpenAPI document', () => {
  const service = testService();
  let document: Document;
  before(async () => {
    document = (await service.get('/openapi.json')).json;
  });

  for (const path of ['/api/v1/candidates', '/api/v1/assessments']) {
    it(`POST ${path} answers sound and mutated bodies as declared`, async () => {
      const operation = document.paths[path]?.['post'];
      const schema = operation?.requestBody?.content['application/json']?.schema;
      assert.ok(schema !== undefined);
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(bodiesOf(document, schema), fc.boolean(), async (body, namesFiles) => {
          // No uploads are there to be named: a body that names some is never sound.
          const answer = await service.post(path, namesFiles ? body : withoutFiles(body));
          seen.add(answer.status);
          assert.ok(answer.status < 500, answer.text.slice(0, 500));
        }),
        { numRuns: 120 },
      );
      assert.ok(seen.has(201) && seen.has(422), [...seen].join(' '));
    });
  }

  it('every GET answers sound and awkward parameters as declared', async () => {
    for (const [path, { get: operation }] of Object.entries(document.paths)) {
      if (operation === undefined) continue;
      await fc.assert(
        fc.asyncProperty(targetsOf(document, path, operation), async (target) => {
          const answer = await service.get(target);
          assert.ok(answer.status < 500, answer.text.slice(0, 500));
        }),
        { numRuns: operation.parameters.some(({ $ref }) => $ref === undefined) ? 40 : 1 },
      );
    }
  });

  it('may replace any member, whatever it is called', () => {
    const before = { a: ['x'] };
    // The array is the third object of the copy.
    const after = [0, 1, 2, 3, 4, 5].map((at) => mutated(before, at, 'length', '\u0000'));
    assert.ok(after.some((value) => JSON.stringify(value) === '{"a":["x","\\u0000"]}'));
    assert.deepEqual(before, { a: ['x'] });
  });

  it('are sent elsewhere by no answer: none is a redirection', () => {
    const statuses = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations).flatMap(({ responses }) => Object.keys(responses)),
    );
    assert.ok(statuses.includes('304'));
    assert.deepEqual(
      statuses.filter((status) => status.startsWith('3') && status !== '304'),
      [],
    );
  });
});
