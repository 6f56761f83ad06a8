/** JSON Schema 2020-12, OpenAPI 3.1's own, of the schemas that validate. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type Json = Record<string, unknown>;

/** `body` and `parameter` are what a client sends, `response` what it gets. */
export type SchemaUse = 'body' | 'parameter' | 'response';
export type Convert = (schema: z.ZodType, use: SchemaUse) => Json;

/**
 * Many operations share a schema: each is converted once for a use.
 *
 * @param components collects the named schemas, which are then referred to
 */
export function schemaConverter(components: Json): Convert {
  const done = { body: new Map(), parameter: new Map(), response: new Map() } as Record<
    SchemaUse,
    Map<z.ZodType, Json>
  >;
  const convert = converter(components);
  return (schema, use) => {
    const json = done[use].get(schema) ?? convert(schema, use);
    done[use].set(schema, json);
    return json;
  };
}

function converter(components: Json): Convert {
  return (schema, use) => {
    const converted = z.toJSONSchema(schema, {
      io: use === 'response' ? 'output' : 'input',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        if (use === 'body') describeDefault(jsonSchema);
        describePair(jsonSchema);
      },
    });
    const { $defs = {}, ...json } = JSON.parse(
      JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Json & { $defs?: Record<string, Json> };
    for (const [id, definition] of Object.entries($defs)) components[id] = bare(definition);
    // A named schema comes as a reference with its definition, which is where it belongs.
    return bare(json);
  };
}

function bare({ $schema: _dialect, $id: _uri, id: _name, ...rest }: Json): Json {
  return rest;
}

/**
 * Generators of types (openapi-typescript among them) read `default` as "always there": right for what is
 * answered, wrong for what is sent, where it is the very reason to leave the member out.
 */
function describeDefault(json: { description?: string; default?: unknown }): void {
  if (!('default' in json)) return;
  const sentence = `Default: \`${JSON.stringify(json.default)}\`.`;
  json.description = json.description === undefined ? sentence : `${json.description} ${sentence}`;
  delete json.default;
}

/** A tuple of members of one kind is an array of that length: many tools know no `prefixItems`. */
function describePair(json: z.core.JSONSchema.BaseSchema): void {
  const [first, ...others] = json.prefixItems ?? [];
  if (first === undefined || !others.every((other) => isDeepStrictEqual(other, first))) return;
  json.minItems = json.maxItems = 1 + others.length;
  json.items = first;
  delete json.prefixItems;
}
