export interface DatabaseUrl {
  /** As the driver may see it: neither pg nor psql knows `max_connections`. */
  url: string;
  maxConnections: number | undefined;
  /** Milliseconds; in the URL it is in seconds, as libpq has it. */
  connectTimeoutMs: number | undefined;
}

/** What may stand in the query of a database URL besides the driver's own: name and largest number. */
const numbers = { max_connections: 999, connect_timeout: 600 } as const;

/**
 * Takes `?max_connections=20` and `connect_timeout=2` off a database URL.
 * @throws {Error} that does not repeat the value, which holds a password
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error('The database URL must look like postgresql://user:password@host:5432/name.');
  }
  const url = new URL(text);
  const take = (name: keyof typeof numbers): number | undefined => {
    const value = url.searchParams.get(name);
    if (value === null) return undefined;
    if (!isNumberUpTo(numbers[name], value)) {
      throw new Error(
        `${name} in the database URL must be a whole number from 1 to ${numbers[name]}.`,
      );
    }
    url.searchParams.delete(name);
    return Number(value);
  };
  const maxConnections = take('max_connections');
  const seconds = take('connect_timeout');
  return {
    // Unchanged where nothing was taken: what URL writes is not always what was given.
    url: maxConnections === undefined && seconds === undefined ? text : url.href,
    maxConnections,
    connectTimeoutMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

function isNumberUpTo(most: number, text: string): boolean {
  return /^[1-9]\d{0,2}$/.test(text) && Number(text) <= most;
}
