/**
 * A parser of JSON (RFC 8259) for texts from outside.
 *
 * `JSON.parse` is not used for them: in V8 14 it may give a member the name of a member of an *earlier* text,
 * when the new name is written with escapes (nodejs/node#63785), so one client could rename what another
 * sends. It also accepts what breaks later stages: any depth, any number of values, `__proto__`, duplicate
 * members, NUL and lone surrogates (PostgreSQL refuses both), 1e999. Here all of that is found in one pass.
 *
 * A single string is handed to `JSON.parse`, which is safe: it has no member names. Linear in the length.
 */

export interface JsonLimits {
  /** Nested arrays and objects. */
  depth: number;
  /** Commas outside strings: elements and members beyond the first of each. */
  commas: number;
}

export type JsonFaultCode =
  | 'nul_character'
  | 'lone_surrogate'
  | 'number_out_of_range'
  | 'unknown_member'
  | 'duplicate_member';

export interface JsonFault {
  /** Of the value, or of the object whose member name is at fault. */
  path: readonly (string | number)[];
  code: JsonFaultCode;
  /** The fault is the name of a member, not a value. */
  inName: boolean;
}

export interface ParsedJson {
  value: unknown;
  /** The first 20: the value is sound JSON, and no later stage can do with it. */
  faults: JsonFault[];
  /** Whether every number is kept in all its digits. */
  exact: boolean;
  /** The very text of each member of the outermost object. */
  sources: ReadonlyMap<string, string>;
}

/** The text is no JSON, or is more than the limits allow. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly reason: 'syntax' | 'depth' | 'commas';
  constructor(reason: JsonError['reason']) {
    super(`The text breaks off as JSON: ${reason}.`);
    this.reason = reason;
  }
}

const MAX_FAULTS = 20;
/** Every decimal of so many digits survives the way through a double. */
const EXACT_DIGITS = 15;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\0-\x1f]/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** @throws {JsonError} */
export function parseJson(text: string, limits: JsonLimits): ParsedJson {
  let at = 0;
  let commas = 0;
  let exact = true;
  const faults: JsonFault[] = [];
  const sources = new Map<string, string>();
  const path: (string | number)[] = [];

  const fail = (reason: JsonError['reason'] = 'syntax'): never => {
    throw new JsonError(reason);
  };
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    pattern.test(text);
    at = pattern.lastIndex;
  };
  const space = (): number => {
    let code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      skip(SPACE);
      code = text.charCodeAt(at);
    }
    return code;
  };
  const note = (code: JsonFaultCode, inName: boolean): void => {
    if (faults.length < MAX_FAULTS) faults.push({ path: [...path], code, inName });
  };

  const string = (inName: boolean): string => {
    const start = at + 1;
    const end = stringEnd(text, start);
    if (end === -1) fail();
    at = end + 1;
    const raw = text.slice(start, end);
    const read = raw.includes('\\') ? unescape(text.slice(start - 1, at)) : raw;
    if (read === null || (read === raw && CONTROL.test(raw))) return fail();
    if (read.includes('\0')) note('nul_character', inName);
    if (!read.isWellFormed()) note('lone_surrogate', inName);
    return read;
  };
  const number = (): number => {
    const start = at;
    skip(NUMBER);
    if (at === 0 || at === start) fail();
    const value = Number(text.slice(start, at));
    if (at - start > EXACT_DIGITS) exact = false;
    if (!Number.isFinite(value)) note('number_out_of_range', false);
    return value;
  };
  const literal = (word: string, value: true | false | null): typeof value => {
    if (!text.startsWith(word, at)) fail();
    at += word.length;
    return value;
  };
  /** Steps over the comma; false at the end. */
  const more = (close: number): boolean => {
    const code = space();
    at += 1;
    if (code === close) return false;
    if (code !== 0x2c) fail();
    commas += 1;
    if (commas > limits.commas) fail('commas');
    return true;
  };
  const array = (depth: number): unknown[] => {
    const items: unknown[] = [];
    at += 1;
    if (space() === 0x5d) {
      at += 1;
      return items;
    }
    do {
      path.push(items.length);
      items.push(value(depth));
      path.pop();
    } while (more(0x5d));
    return items;
  };
  const member = (object: Record<string, unknown>, depth: number): void => {
    if (space() !== QUOTE) fail();
    const name = string(true);
    if (space() !== 0x3a) fail();
    at += 1;
    path.push(name);
    space();
    const start = at;
    const read = value(depth);
    if (name === '__proto__') note('unknown_member', false);
    else if (Object.hasOwn(object, name)) note('duplicate_member', false);
    else object[name] = read;
    path.pop();
    if (path.length === 0) sources.set(name, text.slice(start, at));
  };
  const object = (depth: number): Record<string, unknown> => {
    const members: Record<string, unknown> = {};
    at += 1;
    if (space() === 0x7d) {
      at += 1;
      return members;
    }
    do member(members, depth);
    while (more(0x7d));
    return members;
  };
  const value = (depth: number): unknown => {
    const code = space();
    if (code === QUOTE) return string(false);
    if (code === 0x7b || code === 0x5b) {
      if (depth === limits.depth) fail('depth');
      return code === 0x7b ? object(depth + 1) : array(depth + 1);
    }
    if (code === 0x74) return literal('true', true);
    if (code === 0x66) return literal('false', false);
    return code === 0x6e ? literal('null', null) : number();
  };

  const root = value(0);
  space();
  if (at !== text.length) fail();
  return { value: root, faults, exact, sources };
}

/** Index of the quote that ends the string whose text begins at `from`; -1 without one. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return -1;
}

/** @param quoted a string as JSON writes it; null when it is none */
function unescape(quoted: string): string | null {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return null;
  }
}

/** Deeper than anything that the service writes; recursion stays far from the end of the stack. */
const KEPT_LIMITS: JsonLimits = { depth: 256, commas: Number.POSITIVE_INFINITY };

/** Faults of what nobody writes who means well; the others may be in a text that is quoted. */
const FORGED = new Set<JsonFaultCode>(['unknown_member', 'duplicate_member']);

/**
 * For texts that the service wrote itself, to a column or to Redis, with names in them that clients chose.
 *
 * @throws {JsonError | SyntaxError}
 */
export function readJson(text: string): unknown {
  // Without an escape `JSON.parse` mistakes no name.
  if (!text.includes('\\')) return JSON.parse(text);
  const { value, faults } = parseJson(text, KEPT_LIMITS);
  if (faults.some(({ code }) => FORGED.has(code))) throw new JsonError('syntax');
  return value;
}
