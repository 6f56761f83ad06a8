export interface DatabaseUrl {
  /** As the driver may see it: neither pg nor psql knows `max_connections`. */
  url: string;
  maxConnections: number | undefined;
}

/**
 * Takes `?max_connections=20` off a database URL.
 * @throws {Error} that does not repeat the value, which holds a password
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error('The database URL must look like postgresql://user:password@host:5432/name.');
  }
  const url = new URL(text);
  const size = url.searchParams.get('max_connections');
  if (size === null) return { url: text, maxConnections: undefined };
  if (!/^[1-9]\d{0,2}$/.test(size)) {
    throw new Error('max_connections in the database URL must be a whole number from 1 to 999.');
  }
  url.searchParams.delete('max_connections');
  return { url: url.href, maxConnections: Number(size) };
}
