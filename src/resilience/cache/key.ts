import { createHash } from 'node:crypto';

/** Deeper arguments are not encoded; nothing that is asked for by key is nested like this. */
const MAX_DEPTH = 32;
/** UTF-16 units; a longer key is replaced by its hash, so that keys are bounded. */
const LONGEST_PLAIN = 200;

class NotAKey extends Error {
  override readonly name = 'NotAKey';
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
    // `#` begins no encoding. UTF-16, since UTF-8 would make one of all lone surrogates.
    return text.length <= LONGEST_PLAIN
      ? text
      : `#${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
  } catch (error) {
    if (error instanceof NotAKey) return null;
    throw error;
  }
}

const sized = (tag: string, text: string) => `${tag}${text.length}:${text}`;

function encode(part: unknown, depth: number): string {
  if (typeof part === 'string') return sized('s', part);
  if (typeof part === 'number') return sized('n', part === 0 ? '0' : String(part));
  if (typeof part === 'bigint') return sized('i', String(part));
  if (typeof part === 'boolean') return part ? 't' : 'f';
  if (part === undefined) return 'u';
  if (part === null) return 'z';
  if (typeof part !== 'object') throw new NotAKey();
  return encodeObject(part, depth);
}

function encodeObject(part: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotAKey();
  if (part instanceof Date) return sized('d', String(part.getTime()));
  if (Array.isArray(part)) {
    // Not `map`, which leaves holes out.
    let text = `a${part.length}:`;
    for (const item of part) text += encode(item, depth + 1);
    return text;
  }
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype !== Object.prototype && prototype !== null) throw new NotAKey();
  if (Object.getOwnPropertySymbols(part).length > 0) throw new NotAKey();
  const names = Object.keys(part).sort();
  const members = part as Record<string, unknown>;
  let text = `o${names.length}:`;
  for (const name of names) text += sized('', name) + encode(members[name], depth + 1);
  return text;
}
