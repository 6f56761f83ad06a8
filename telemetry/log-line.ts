/** What a log line holds: the same fields in the log's file, on standard output, and in a last line without a log. */
import { exceptionFields, setMember, toLogValue, type LogValue } from './log-value.ts';
import { redactText } from './redaction.ts';
import type { TraceIds } from './tracing.ts';

export type LineLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

export type LogFields = Record<string, unknown> & {
  /** Written as `exception.*` with its chain of causes. */
  error?: unknown;
  /** Exempt from the flood guard: for lines that must not be lost, such as a failed request's. */
  always?: true;
  /** Whose line this is, where the trace is not active any more, as when an answer has ended. */
  trace?: TraceIds;
};

/** As the winston instrumentation writes it into a line of the active trace. */
export interface WrittenTrace {
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
}

export interface LineEntry extends WrittenTrace {
  level: LineLevel;
  message: string;
  fields: LogFields;
}

export type LogLine = Record<string, LogValue>;

/** Written by the logger itself or by the instrumentation; no field may pose as one. */
const RESERVED = new Set(
  'timestamp level message trace_id span_id trace_flags error always trace'.split(' '),
);
const MAX_FIELDS = 50;

/** Of the process: service, version, environment. */
export type LineBase = Readonly<Record<string, string | number>>;

export function logLine(entry: LineEntry, base: LineBase): LogLine {
  const { fields } = entry;
  const line: LogLine = {
    timestamp: new Date().toISOString(),
    level: entry.level,
    message: toLogValue(entry.message),
    ...base,
  };
  setTrace(line, entry, fields.trace);
  for (const key of Object.keys(fields).slice(0, MAX_FIELDS)) {
    const value = fields[key];
    if (!RESERVED.has(key) && typeof value !== 'function') setMember(line, redactText(key), value);
  }
  return fields.error === undefined ? line : Object.assign(line, exceptionFields(fields.error));
}

/** The instrumentation put the active trace into the entry; one that is named is meant. */
function setTrace(line: LogLine, entry: WrittenTrace, named: LogFields['trace']): void {
  const traceId = named?.traceId ?? entry.trace_id;
  if (traceId === undefined) return;
  line['trace_id'] = traceId;
  line['span_id'] = named?.spanId ?? entry.span_id ?? '';
  line['trace_flags'] = named?.flags ?? entry.trace_flags ?? '';
}
