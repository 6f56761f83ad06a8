/**
 * Turns any value into JSON-safe, redacted, bounded data. winston alone writes `{}` for an error
 * and prints passwords; this keeps cause chains and loses secrets.
 */
import {
  REDACTED,
  isExemptMember,
  isSecretMember,
  redactErrorText,
  redactNumber,
  redactText,
} from './redaction.ts';

export type LogValue = string | number | boolean | null | LogValue[] | { [key: string]: LogValue };

const MAX_DEPTH = 6;
const MAX_MEMBERS = 50;
/** Values in one line altogether: bounds wide trees as MAX_DEPTH bounds deep ones. */
const MAX_NODES = 500;
const MAX_FRAMES = 30;

interface Walk {
  nodes: number;
  path: Set<object>;
}

export function toLogValue(value: unknown): LogValue {
  if (typeof value !== 'object' || value === null) return scalar(value);
  return convertObject(value, 0, { nodes: 0, path: new Set() });
}

/** `exception.*` of the semantic conventions, with the chain of causes beside it. */
export function exceptionFields(error: unknown): Record<string, LogValue> {
  const plain = toLogValue(error);
  if (!(error instanceof Error) || typeof plain !== 'object' || plain === null) {
    return { 'exception.type': typeof error, 'exception.message': plain };
  }
  const { type, message, stack, code, cause, errors } = plain as Record<string, LogValue>;
  return {
    'error.type': code ?? type ?? 'Error',
    'exception.type': type ?? 'Error',
    'exception.message': message ?? '',
    'exception.stacktrace': stack ?? '',
    ...(cause === undefined ? {} : { 'exception.cause': cause }),
    ...(errors === undefined ? {} : { 'exception.errors': errors }),
  };
}

function convert(value: unknown, depth: number, walk: Walk): LogValue {
  if (typeof value !== 'object' || value === null) return scalar(value);
  return convertObject(value, depth, walk);
}

function scalar(value: unknown): LogValue {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'bigint' ? String(value) : null;
}

function convertObject(value: object, depth: number, walk: Walk): LogValue {
  const leaf = describeLeaf(value);
  if (leaf !== null) return leaf;
  if (walk.path.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH || walk.nodes >= MAX_NODES) return '[truncated]';
  walk.nodes++;
  walk.path.add(value);
  try {
    return convertContainer(value, depth + 1, walk);
  } catch {
    return '[unreadable]';
  } finally {
    walk.path.delete(value);
  }
}

function describeLeaf(value: object): LogValue | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof RegExp) return redactText(String(value));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return null;
}

function convertContainer(value: object, depth: number, walk: Walk): LogValue {
  if (value instanceof Error) return convertError(value, depth, walk);
  if (value instanceof Map) return convertMembers([...value.entries()], depth, walk);
  if (Array.isArray(value) || value instanceof Set) return convertList([...value], depth, walk);
  return convertMembers(
    Object.keys(value).map((key) => [key, Reflect.get(value, key) as unknown]),
    depth,
    walk,
  );
}

function convertList(items: unknown[], depth: number, walk: Walk): LogValue {
  const shown = items.slice(0, MAX_MEMBERS).map((item) => counted(item, depth, walk));
  if (items.length > MAX_MEMBERS) shown.push(`[${items.length - MAX_MEMBERS} more]`);
  return shown;
}

function convertMembers(entries: [unknown, unknown][], depth: number, walk: Walk): LogValue {
  const plain: Record<string, LogValue> = {};
  for (const [key, member] of entries.slice(0, MAX_MEMBERS)) {
    if (typeof member === 'function') continue;
    setMember(plain, redactText(typeof key === 'string' ? key : String(key)), member, (value) =>
      counted(value, depth, walk),
    );
  }
  return plain;
}

/** Sets what a line may say of a member, by its name and by its value. */
export function setMember(
  plain: Record<string, LogValue>,
  name: string,
  member: unknown,
  toPlain: (value: unknown) => LogValue = toLogValue,
): void {
  const value = isSecretMember(name, member) ? REDACTED : told(name, member, toPlain);
  // A member called __proto__ must stay a member.
  if (name === '__proto__') Object.defineProperty(plain, name, { value, enumerable: true });
  else plain[name] = value;
}

function told(name: string, member: unknown, toPlain: (value: unknown) => LogValue): LogValue {
  if (isExemptMember(name, member)) return member as string;
  const plain = toPlain(member);
  const number = redactNumber(name, member, plain);
  return number === undefined || (typeof plain === 'number' && number !== '[card]')
    ? plain
    : number;
}

function counted(value: unknown, depth: number, walk: Walk): LogValue {
  walk.nodes++;
  return walk.nodes > MAX_NODES ? '[truncated]' : convert(value, depth, walk);
}

/** Name, text, code, frames, causes; other members (`query`, `parameters`, `detail`) hold values. */
function convertError(error: Error, depth: number, walk: Walk): LogValue {
  const code: unknown = Reflect.get(error, 'code');
  const type = redactText(error.name || error.constructor.name);
  const message = redactErrorText(error.message, code);
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map(redactText);
  const nested: unknown = Reflect.get(error, 'errors');
  return {
    type,
    message,
    ...(typeof code === 'string' || typeof code === 'number'
      ? { code: convert(code, depth, walk) }
      : {}),
    stack: [`${type}: ${message}`, ...frames].join('\n'),
    ...(error.cause === undefined ? {} : { cause: convert(error.cause, depth, walk) }),
    ...(error instanceof AggregateError || Array.isArray(nested)
      ? { errors: convert(nested, depth, walk) }
      : {}),
  };
}
