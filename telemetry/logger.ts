/**
 * One JSON line per event on stdout (and in `logDir`), or a readable one for people at a terminal.
 * Trace ids are put in by the winston instrumentation; every other field passes redaction first.
 */
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import winston from 'winston';
import Transport from 'winston-transport';
import type { LogLevel } from '../src/config/readers.ts';
import { createFloodGuard } from './flood-guard.ts';
import { createLineBuffer } from './line-buffer.ts';
import { createLogFile, type LogFile, type LogFileOptions } from './log-file.ts';
import { logMessages } from './log-metrics.ts';
import { exceptionFields, setMember, toLogValue, type LogValue } from './log-value.ts';
import { hasColors, isForPeople, prettyLine, type LogFormat } from './pretty-line.ts';
import { redactText } from './redaction.ts';
import { telemetry } from './start.ts';
import type { TraceIds } from './tracing.ts';

export type LogFields = Record<string, unknown> & {
  /** Written as `exception.*` with its chain of causes. */
  error?: unknown;
  /** Exempt from the flood guard: for lines that must not be lost, such as a failed request's. */
  always?: true;
  /** Whose line this is, where the trace is not active any more, as when an answer has ended. */
  trace?: TraceIds;
};

export interface Logger {
  /** @param message a constant sentence; what varies goes into `fields` */
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

export interface RootLogger extends Logger {
  /** Reports what the flood guard holds back and waits until everything is written. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  level: LogLevel;
  /** A folder for `sono-eval.log`, rotated by size; absent: stdout only. */
  logDir?: string | undefined;
  /** In place of 5 files of 50 MiB and 16 million characters that wait, for tests. */
  logFile?: Partial<LogFileOptions>;
  serviceVersion: string;
  environment: string;
  /** Of stdout, JSON if it is not given; log files are always JSON. */
  format?: LogFormat;
  /** In place of stdout, for tests. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
  /** Lines per second of one message and level before they collapse. */
  floodLimit?: number;
}

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;
const LOG_FILE = { maxBytes: 50 * 1024 * 1024, maxFiles: 5, maxQueued: 16 * 1024 * 1024 };
const FLOOD_LIMIT = 200;
const MESSAGE = Symbol.for('message');
const LINE = Symbol('line');
const FIELDS = Symbol('fields');
/** Written by the logger itself or by the instrumentation; no field may pose as one. */
const RESERVED = new Set(
  'timestamp level message trace_id span_id trace_flags error always trace'.split(' '),
);
const MAX_FIELDS = 50;

interface Entry {
  level: LogLevel;
  message: string;
  [FIELDS]: LogFields;
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
}

/**
 * Makes the folder for log files if its parent exists. winston would make all parents, and that
 * never ends where it cannot succeed (/proc).
 *
 * @throws {Error} with a sentence for the operator
 */
export function prepareLogDir(dir: string): void {
  try {
    if (statSync(dir, { throwIfNoEntry: false }) === undefined) mkdirSync(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`LOG_DIR ${dir} is no folder that can be written to.`, { cause: error });
  }
}

export function createLogger(options: LoggerOptions): RootLogger {
  const base = {
    'service.name': telemetry.serviceName,
    'service.version': options.serviceVersion,
    'deployment.environment.name': options.environment,
  };
  const out = options.stream ?? process.stdout;
  const lines = options.stream ?? createLineBuffer(process.stdout);
  const readable = isForPeople(options.format ?? 'json', out);
  const colors = hasColors(out);
  const file =
    options.logDir === undefined
      ? undefined
      : createLogFile({
          path: join(options.logDir, 'sono-eval.log'),
          ...LOG_FILE,
          ...options.logFile,
        });
  const transport = createTransport(
    lines,
    readable ? (info) => prettyLine(info[LINE], colors) : (info) => info[MESSAGE],
    file,
  );
  const sink = winston.createLogger({
    levels: LEVELS,
    level: options.level,
    transports: [transport],
    format: winston.format((info) => {
      const line = lineOf(info as unknown as Entry, base);
      info[LINE] = line;
      // The file's line, and that of stdout unless the terminal is for people.
      if (!readable || file !== undefined) info[MESSAGE] = JSON.stringify(line);
      return info;
    })(),
  });
  // A line that cannot be written must not end the process.
  sink.on('error', () => {});

  const write = (level: LogLevel, message: string, fields: LogFields) => {
    logMessages.inc({ level });
    const entry: Entry = { level, message, [FIELDS]: fields };
    sink.log(entry);
  };
  const guard = createFloodGuard<{ level: LogLevel; message: string }>({
    perSecond: options.floodLimit ?? FLOOD_LIMIT,
    now: () => performance.now(),
    summarise: ({ level, message }, suppressed) => write(level, message, { suppressed }),
  });
  const logger = facade((level, message, fields) => {
    if (LEVELS[level] > LEVELS[options.level]) return;
    if (fields.always === true || guard.admit(`${level} ${message}`, { level, message })) {
      write(level, message, fields);
    }
  }, {});

  return {
    ...logger,
    async close() {
      guard.flush();
      const finished = once(transport, 'finish');
      sink.end();
      await finished;
      await file?.close();
      if (options.stream === undefined) await new Promise<void>((resolve) => lines.end(resolve));
    },
  };
}

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

function facade(write: Write, bound: LogFields): Logger {
  const isBound = Object.keys(bound).length > 0;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      write(level, message, isBound ? { ...bound, ...fields } : fields);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => facade(write, { ...bound, ...fields }),
  };
}

interface Formatted {
  [LINE]: Record<string, LogValue>;
  [MESSAGE]: string;
}

/** Neither of the two outputs waits for the other, or makes the logger wait. */
function createTransport(
  stream: NodeJS.WritableStream,
  render: (info: Formatted) => string,
  file: LogFile | undefined,
): winston.transport {
  // winston's own stream transport takes a turn of the event loop for each line, and its file
  // transport loses lines at each rotation.
  return new Transport({
    log(info: Formatted, done: () => void) {
      stream.write(`${render(info)}\n`);
      file?.write(`${info[MESSAGE]}\n`);
      done();
    },
  });
}

function lineOf(entry: Entry, base: Record<string, string>): Record<string, LogValue> {
  const fields = entry[FIELDS];
  const line: Record<string, LogValue> = {
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
function setTrace(line: Record<string, LogValue>, entry: Entry, named: LogFields['trace']): void {
  const traceId = named?.traceId ?? entry.trace_id;
  if (traceId === undefined) return;
  line['trace_id'] = traceId;
  line['span_id'] = named?.spanId ?? entry.span_id ?? '';
  line['trace_flags'] = named?.flags ?? entry.trace_flags ?? '';
}
