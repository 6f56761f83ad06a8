import { hash } from 'node:crypto';
import { EVERYONE } from '../../owner.ts';

/** Deeper parts are not encoded; nothing that is asked for by key is nested like this. */
const MAX_DEPTH = 32;
/** UTF-16 units; a longer key is replaced by its hash, so that keys are bounded. */
const LONGEST_PLAIN = 200;

class NotAKey extends Error {
  override readonly name = 'NotAKey';
}

/** Id of an entry. @returns null when there is none for the key: see `encodeKey` */
export function idOf(
  { name, version = 1 }: { name: string; version?: number },
  key: readonly unknown[],
  owner: string = EVERYONE,
): string | null {
  const encoded = encodeKey(key);
  return encoded === null ? null : `${name}.${version}.${owner}:${encoded}`;
}

/** What an id begins with, up to the colon: `cache.version.owner`, none of which has a dot or a colon. */
export function addressOf(id: string): { cache: string; owner: string; id: string } {
  const [cache = '', , owner = ''] = id.slice(0, Math.max(0, id.indexOf(':'))).split('.');
  return { cache, owner, id };
}

/**
 * One text for each list of parts: every part is tagged with its type and preceded by its length, so 1 and
 * "1", `['a','b']` and `['ab']`, `[]` and `[undefined]` differ. Members of objects count in any order.
 *
 * @returns null when a part is nothing that can be told from its like by value (functions, class instances)
 */
export function encodeKey(parts: readonly unknown[]): string | null {
  try {
    const text = encode(parts, 0);
    if (text.length <= LONGEST_PLAIN) return text;
    // `#` begins no encoding. UTF-16, since UTF-8 would make one of all lone surrogates.
    return `#${hash('sha256', Buffer.from(text, 'utf16le'), 'base64url')}`;
  } catch (error) {
    if (error instanceof NotAKey) return null;
    throw error;
  }
}

const sized = (tag: string, text: string) => `${tag}${text.length}:${text}`;

function encode(part: unknown, depth: number): string {
  if (typeof part === 'string') return sized('s', part);
  if (typeof part === 'number') return sized('n', String(part));
  if (typeof part === 'bigint') return sized('i', String(part));
  if (typeof part === 'boolean') return part ? 't' : 'f';
  if (part === undefined) return 'u';
  if (part === null) return 'z';
  if (typeof part !== 'object') throw new NotAKey();
  return encodeObject(part, depth + 1);
}

function encodeObject(part: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotAKey();
  if (part instanceof Date) return sized('d', String(part.getTime()));
  if (Array.isArray(part)) {
    let text = `a${part.length}:`;
    // Not `map`, which leaves holes out.
    for (const item of part) text += encode(item, depth);
    return text;
  }
  const prototype: unknown = Object.getPrototypeOf(part);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain || Object.getOwnPropertySymbols(part).length > 0) throw new NotAKey();
  const names = Object.keys(part).sort();
  let text = `o${names.length}:`;
  for (const name of names) text += sized('', name) + encode(Reflect.get(part, name), depth);
  return text;
}
