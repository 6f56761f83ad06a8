/** Requests made from the OpenAPI document: values that fit its schemas, and what becomes of them when one is replaced. */
import fc from 'fast-check';

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

export interface Operation {
  parameters: { $ref?: string; name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}

export interface Document {
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

const member = { enumerable: true, configurable: true, writable: true };

/** Replaces one member, wherever it is, by something awkward, or adds one. */
export function mutated(value: unknown, at: number, name: string, by: unknown): unknown {
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
  const chosen = names[at % (names.length + 1)] ?? name;
  // The length of an array is no member of JSON, and takes no other values.
  if (Array.isArray(target) && chosen === 'length') target.push(by);
  // Not assigned: `__proto__` is to be a member like others.
  else Object.defineProperty(target, chosen, { ...member, value: by });
  return copy.root;
}

/** Of members that are added; some mean something elsewhere. */
const names = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.constantFrom('__proto__', 'constructor', 'length', 'toJSON', 'role', 'owner', 'id'),
);

/** As text in a URL, well-formed and no longer than a server takes. */
const inUrl = (value: unknown) => String(value).toWellFormed().slice(0, 3000);

/** Paths with queries of an operation, sound and awkward. */
export function targetsOf(document: Document, path: string, operation: Operation) {
  const of = generator(document);
  const texts = fc.oneof(fc.string({ maxLength: 40 }), awkward.map(String));
  // Those of headers are referred to.
  const parameters = operation.parameters.filter(({ $ref }) => $ref === undefined);
  const given = parameters.map(({ name, in: place, schema }) =>
    fc.record({
      name: fc.constant(name),
      place: fc.constant(place),
      value: fc.oneof(of(schema), texts),
      given: place === 'path' ? fc.constant(true) : fc.boolean(),
    }),
  );
  return fc.tuple(...given).map((chosen) => {
    const query = new URLSearchParams();
    let pathname = path;
    for (const { name, place, value } of chosen.filter((parameter) => parameter.given)) {
      if (place === 'query') query.append(name, inUrl(value));
      else pathname = pathname.replace(`{${name}}`, () => encodeURIComponent(inUrl(value)));
    }
    return query.size === 0 ? pathname : `${pathname}?${String(query)}`;
  });
}

/** A body that fits the schema, or fits it but for one member. */
export function bodiesOf(document: Document, schema: Schema) {
  const mutation = fc.option(fc.tuple(fc.nat(), names, awkward));
  return fc
    .tuple(generator(document)(schema), mutation)
    .map(([body, change]) => (change === null ? body : mutated(body, ...change)));
}
