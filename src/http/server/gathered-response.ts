import {
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
  type OutgoingHttpHeaders,
} from 'node:http';

type Value = number | string | readonly string[];

/**
 * A response whose headers are gathered in a list and handed to Node at once, when they are written. What Node gathers
 * by itself is an object whose names it lowers, hashes, sorts and copies for each answer: of thirty headers that is
 * twice the work. To its users there is no difference.
 */
export class GatheredResponse extends ServerResponse {
  /** Names and values in turn, in the order in which they came. */
  readonly #gathered: (string | Value)[] = [];

  /** @param prepared names and values in turn: valid, and none of them set already */
  setPrepared(prepared: readonly string[]): void {
    this.#gathered.push(...prepared);
  }

  override setHeader(name: string, value: Value): this {
    // Throws: it is too late.
    if (this.headersSent) return super.setHeader(name, value);
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    const at = this.#find(name);
    if (at === -1) this.#gathered.push(name, value);
    else {
      this.#gathered[at] = name;
      this.#gathered[at + 1] = value;
    }
    return this;
  }

  override appendHeader(name: string, value: string | readonly string[]): this {
    const known = this.getHeader(name);
    return this.setHeader(name, known === undefined ? value : [known, value].flat().map(String));
  }

  override getHeader(name: string): number | string | string[] | undefined {
    const at = this.#find(name);
    return at === -1 ? undefined : (this.#gathered[at + 1] as string);
  }

  override hasHeader(name: string): boolean {
    return this.#find(name) !== -1;
  }

  /** Node is told as well: what it adds by itself is not sent either. */
  override removeHeader(name: string): void {
    super.removeHeader(name);
    const at = this.#find(name);
    if (at !== -1) this.#gathered.splice(at, 2);
  }

  override getHeaderNames(): string[] {
    return this.getRawHeaderNames().map((name) => name.toLowerCase());
  }

  getRawHeaderNames(): string[] {
    return this.#gathered.filter((_, at) => at % 2 === 0) as string[];
  }

  override getHeaders(): OutgoingHttpHeaders {
    const headers = Object.create(null) as OutgoingHttpHeaders;
    for (const name of this.getHeaderNames()) headers[name] = this.getHeader(name);
    return headers;
  }

  /** What is given here is written in place of what was gathered under its name. */
  override writeHead(status: number, ...rest: unknown[]): this {
    // Only given here: Node writes it as it is.
    if (this.#gathered.length === 0) return super.writeHead(status, ...(rest as []));
    const reason = typeof rest[0] === 'string' ? rest[0] : undefined;
    const given = reason === undefined ? rest[0] : rest[1];
    if (given !== undefined)
      for (const [name, value] of pairsOf(given)) this.setHeader(name, value);
    const headers = this.#gathered as string[];
    return reason === undefined
      ? super.writeHead(status, headers)
      : super.writeHead(status, reason, headers);
  }

  #find(name: string): number {
    const { length } = name;
    let lower = '';
    for (let at = 0; at < this.#gathered.length; at += 2) {
      const known = this.#gathered[at] as string;
      if (known === name) return at;
      if (known.length !== length) continue;
      lower ||= name.toLowerCase();
      if (known.toLowerCase() === lower) return at;
    }
    return -1;
  }
}

/** Of an object, or of names and values in turn. */
function pairsOf(headers: unknown): [string, Value][] {
  if (!Array.isArray(headers)) return Object.entries(headers as Record<string, Value>);
  const names = headers.filter((_, at) => at % 2 === 0) as string[];
  return names.map((name, n) => [name, headers[2 * n + 1] as Value]);
}
