/** What a database holds, in a form that two databases can be compared by: each row counts, their order does not. */
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { z } from 'zod';

const tableContents = z.strictObject({
  table: z.string(),
  rows: z.int().min(0),
  /** Sum of the beginnings of the SHA-256 of all rows. */
  digest: z.string().regex(/^\d+$/),
});

export const databaseContents = z.strictObject({
  /** Of columns, constraints and indexes. */
  schema_sha256: z.string(),
  tables: z.array(tableContents),
});
export type DatabaseContents = z.output<typeof databaseContents>;

/** Texts of values must not depend on who asks. */
const settings = `
  set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local search_path = pg_catalog`;

/** Tables with rows: of a partitioned one its parts. */
const tablesQuery = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by 1`;

/** Checks by their names, and indexes without theirs: PostgreSQL writes the same condition in another way after a dump. */
const schemaQuery = `
  with own as (
    select c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  )
  select o.name || ' ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end as line
  from own o join pg_attribute a on a.attrelid = o.oid where a.attnum > 0 and not a.attisdropped
  union all
  select o.name || ' ' || regexp_replace(pg_get_indexdef(i.indexrelid), ' WHERE .*', '') from own o join pg_index i on i.indrelid = o.oid
  union all
  select o.name || ' ' || quote_ident(k.conname)
    || case when k.contype = 'c' then '' else ' ' || pg_get_constraintdef(k.oid) end
  from own o join pg_constraint k on k.conrelid = o.oid where k.contype <> 'n'
  order by 1`;

/** @param client in a transaction whose snapshot stays: what is read is of one moment */
export async function readContents(client: Client): Promise<DatabaseContents> {
  await client.query(settings);
  const { rows: names } = await client.query<{ name: string }>(tablesQuery);
  const tables: DatabaseContents['tables'] = [];
  for (const { name } of names) {
    const { rows } = await client.query<{ rows: string; digest: string }>(`
      select count(*) as rows, coalesce(sum(
        ('x' || left(encode(sha256(convert_to(whole_row::text, 'UTF8')), 'hex'), 15))::bit(60)::bigint
      ), 0)::text as digest from ${name} as whole_row`);
    const [found] = rows;
    if (found !== undefined)
      tables.push({ table: name, rows: Number(found.rows), digest: found.digest });
  }
  const { rows: lines } = await client.query<{ line: string }>(schemaQuery);
  const schema = lines
    .map(({ line }) => line)
    .toSorted()
    .join('\n');
  return { schema_sha256: createHash('sha256').update(schema).digest('hex'), tables };
}

/** @returns sentences; none: they are equal */
export function differencesOf(expected: DatabaseContents, found: DatabaseContents): string[] {
  const there = new Map(found.tables.map((table) => [table.table, table]));
  const wrong = expected.tables.flatMap(({ table, rows, digest }) => {
    const other = there.get(table);
    there.delete(table);
    if (other === undefined) return [`${table} is missing`];
    if (other.rows !== rows) return [`${table} has ${other.rows} rows instead of ${rows}`];
    return other.digest === digest ? [] : [`${table} has other rows`];
  });
  const more = [...there.keys()].map((table) => `${table} is there as well`);
  const schema =
    expected.schema_sha256 === found.schema_sha256
      ? []
      : ['columns, constraints or indexes are others'];
  return [...wrong, ...more, ...schema];
}

export function rowsOf({ tables }: DatabaseContents): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
