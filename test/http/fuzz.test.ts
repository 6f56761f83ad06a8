/** Requests made from the OpenAPI document, sound and mutated: `fetch` checks that the answers keep to it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { testService } from '#test/support/service.ts';

interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

interface Operation {
  parameters: { $ref?: string; name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const MAX_TEXT = 60;
const awkward = fc.constantFrom<unknown>(
  null,
  true,
  -0,
  1e308,
  '',
  '\u0000',
  '\ud800',
  "' or 1=1 --",
  '../..',
  '%',
  [],
  {},
  [[[[]]]],
  { constructor: { prototype: 1 } },
  { $gt: '' },
  'x'.repeat(20_000),
);

function byType(schema: Schema, of: (schema: Schema) => fc.Arbitrary<unknown>) {
  switch (schema.type ?? 'string') {
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).map(
        ([name, member]) => [name, of(member)] as const,
      );
      return fc.record(Object.fromEntries(members), { requiredKeys: schema.required ?? [] });
    }
    case 'array':
      return fc.array(of(schema.items ?? {}), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100 });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 100, noNaN: true });
    default:
      return schema.pattern === undefined
        ? fc.string({ maxLength: Math.min(schema.maxLength ?? MAX_TEXT, MAX_TEXT) })
        : fc.stringMatching(new RegExp(schema.pattern));
  }
}

/** Values of a schema of the document; the recursion is as deep as the schema, not as the values. */
function generator(document: Document) {
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : (document.components.schemas[name] ?? {});
  };
  const of = (unresolved: Schema): fc.Arbitrary<unknown> => {
    const schema = resolve(unresolved);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(of));
    return byType(schema, of);
  };
  return of;
}

/** Replaces one member, wherever it is, by something awkward, or adds one. */
function mutated(value: unknown, at: number, name: string, by: unknown): unknown {
  const objects: Record<string, unknown>[] = [];
  const copy = structuredClone({ root: value });
  const open: unknown[] = [copy];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    objects.push(next as Record<string, unknown>);
    open.push(...Object.values(next));
  }
  const target = objects[at % objects.length] ?? {};
  const names = Object.keys(target);
  target[names[at % (names.length + 1)] ?? name] = by;
  return copy.root;
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
        fc.asyncProperty(
          generator(document)(schema),
          fc.option(fc.tuple(fc.nat(), fc.string({ maxLength: 10 }), awkward)),
          async (body, mutation) => {
            const sent = mutation === null ? body : mutated(body, ...mutation);
            const answer = await service.post(path, sent);
            seen.add(answer.status);
            assert.ok(answer.status < 500, answer.text.slice(0, 500));
          },
        ),
        { numRuns: 120 },
      );
      assert.ok(seen.has(201) && seen.has(422), [...seen].join(' '));
    });
  }

  it('every GET answers sound and awkward parameters as declared', async () => {
    const texts = fc.oneof(fc.string({ maxLength: 40 }), awkward.map(String));
    for (const [path, { get: operation }] of Object.entries(document.paths)) {
      if (operation === undefined) continue;
      const of = generator(document);
      // Those of headers are referred to.
      const parameters = operation.parameters.filter(({ $ref }) => $ref === undefined);
      const given = fc.tuple(
        ...parameters.map(({ name, in: place, schema }) =>
          fc.record({
            name: fc.constant(name),
            place: fc.constant(place),
            value: fc.oneof(of(schema), texts).map(String),
            given: place === 'path' ? fc.constant(true) : fc.boolean(),
          }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(given, async (given) => {
          const url = new URL(path.replaceAll(/[{}]/g, '_'), service.url);
          let pathname = path;
          for (const { name, place, value } of given.filter((parameter) => parameter.given)) {
            const text = value.toWellFormed();
            if (place === 'query') url.searchParams.append(name, text.slice(0, 3000));
            else pathname = pathname.replace(`{${name}}`, encodeURIComponent(text.slice(0, 3000)));
          }
          const answer = await service.get(`${pathname}${url.search}`);
          assert.ok(answer.status < 500, answer.text.slice(0, 500));
        }),
        { numRuns: parameters.length === 0 ? 1 : 40 },
      );
    }
  });
});
