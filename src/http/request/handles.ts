/**
 * Whom and what a request is about, for log lines and spans: an HMAC-SHA256 of the identifier, cut to 16
 * bytes, under a key of the service's. Who has the key can tell which handle an identifier has
 * (`src/handle.ts`); nobody can tell the identifier from its handle.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { attr } from '#telemetry/conventions.ts';

/** What requests name. */
export const namedKinds = ['candidate', 'assessment'] as const;
export type NamedKind = (typeof namedKinds)[number];
/** Identifiers in clear: for handles only. */
export type Names = { [K in NamedKind]?: string };

/** Of a request's context. */
interface Naming {
  path: string;
  state: {
    names: Names;
    handles: Record<string, string> | null;
    facts: { template: string; names: NamedKind | undefined };
  };
}

export interface Handles {
  /** @returns 22 characters that say nothing to anyone else */
  of(kind: NamedKind, id: string): string;
  /** Of what a request has named once it has ended, as span attributes and log fields. */
  in(request: Naming): Record<string, string>;
}

/** Handles that are remembered, and characters of what has one. */
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 128;
const attributes = { candidate: attr.candidate, assessment: attr.assessment } as const;

/** @param secret the same in every process, for equal handles */
export function createHandles(secret: string): Handles {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'sono-eval handles', 32));
  /** Of those who are asked about again and again. */
  const known = new LRUCache<string, string>({
    max: MOST_KNOWN,
    // An identifier of a refused request may be as long as its path.
    maxSize: LONGEST_KNOWN * MOST_KNOWN,
    maxEntrySize: LONGEST_KNOWN,
    sizeCalculation: (_handle, named) => named.length,
    memoMethod: (named) =>
      createHmac('sha256', key).update(named).digest().subarray(0, 16).toString('base64url'),
  });
  const of = (kind: NamedKind, id: string) => known.memo(`${kind} ${id}`);
  const inNames = (names: Names) => {
    const found: Record<string, string> = {};
    for (const kind of namedKinds) {
      const id = names[kind];
      if (id !== undefined) found[attributes[kind]] = of(kind, id);
    }
    return found;
  };
  return {
    of,
    // Line and span of a request say the same.
    in: (request) => (request.state.handles ??= inNames(namesIn(request))),
  };
}

/** By its path, however early it was refused; by body and query as far as its handler got. */
function namesIn({ path, state }: Naming): Names {
  const { names, template } = state.facts;
  if (names === undefined) return state.names;
  // The first parameter: what stands before it is as long in the path (`routes.test.ts`).
  const start = template.indexOf('/:id') + 1;
  const end = path.indexOf('/', start);
  return { [names]: path.slice(start, end === -1 ? undefined : end), ...state.names };
}
