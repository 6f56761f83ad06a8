/**
 * A log line for people at a terminal. Made from the line that would have been JSON, after redaction:
 * what is hidden there is hidden here.
 */
import { styleText } from 'node:util';
import type { LogValue } from './log-value.ts';

export type LogFormat = 'auto' | 'json' | 'pretty';

type Line = Readonly<Record<string, LogValue>>;
type Style = Parameters<typeof styleText>[0];

/** The same in every line of one process, or for machines to join on. */
const LEFT_OUT = new Set([
  'timestamp',
  'level',
  'message',
  'service.name',
  'service.version',
  'service.instance.id',
  'deployment.environment.name',
  'event.name',
  'trace_id',
  'span_id',
  'trace_flags',
]);
const REQUEST = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'duration_ms',
] as const;
const ERROR = ['error.type', 'exception.type', 'exception.message', 'exception.stacktrace'];

const levelStyles: Record<string, Style> = {
  fatal: 'magenta',
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'gray',
};

/** Whether lines and announcements are for people: `auto` asks whether a terminal reads them. */
export function isForPeople(format: LogFormat, out: { isTTY?: boolean | undefined }): boolean {
  return format === 'auto' ? out.isTTY === true : format === 'pretty';
}

/** Colours only where a terminal shows them; Node asks `NO_COLOR`, `FORCE_COLOR` and `TERM`. */
export function hasColors(out: { isTTY?: boolean | undefined; hasColors?: () => boolean }) {
  return out.isTTY === true && out.hasColors?.() === true;
}

/**
 * `12:30:01.250 warn  Request handled  GET /health 503 in 4.2 ms  request_id=…`, in local time; below
 * it, indented, the stack of an error. Control characters of values are escaped: a terminal obeys them.
 */
export function prettyLine(line: Line, colors: boolean): string {
  const paint = (style: Style, text: string) =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const level = textOf(line['level']);
  const request = summariseRequest(line);
  const told = new Set<string>(request === null ? ERROR : [...ERROR, ...REQUEST]);
  const fields = Object.entries(line)
    .filter(([name, value]) => value !== null && !LEFT_OUT.has(name) && !told.has(name))
    .map(([name, value]) => paint('dim', `${escape(name)}=`) + show(value));
  const head = [
    paint('dim', localTime(textOf(line['timestamp']))),
    paint(levelStyles[level] ?? 'reset', level.padEnd(5)),
    escape(textOf(line['message'])),
  ].join(' ');
  const stack = errorText(line);
  return [
    [head, ...(request === null ? [] : [request]), fields.join(' ')].filter(Boolean).join('  '),
    ...stack.map((row) => paint('dim', `    ${escape(row)}`)),
  ].join('\n');
}

function summariseRequest(line: Line): string | null {
  const [method, route, status, ms] = REQUEST.map((name) => line[name]);
  if (typeof method !== 'string' || typeof status !== 'number') return null;
  const path = typeof route === 'string' ? ` ${route}` : '';
  return escape(`${method}${path} ${status}${typeof ms === 'number' ? ` in ${ms} ms` : ''}`);
}

function errorText(line: Line): string[] {
  const text = textOf(line['exception.stacktrace']) || textOf(line['exception.message']);
  return text === '' ? [] : text.trimEnd().split('\n');
}

function localTime(timestamp: string): string {
  const time = new Date(timestamp);
  const two = (n: number) => String(n).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}

function textOf(value: LogValue | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** Bare where it is one word, JSON otherwise. */
function show(value: LogValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return escape(
    typeof value === 'string' && !/^[^\s"=]+$/.test(text) ? JSON.stringify(text) : text,
  );
}

/** Control and format characters (escape sequences, line breaks, directions) as `\u001b`. */
function escape(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
