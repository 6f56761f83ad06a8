/**
 * One JSON line per event on stdout (in `logDir` and in the log store as well), or a readable one for people at a terminal.
 * Trace ids are put in by the winston instrumentation; every other field passes redaction first.
 * Each place that lines go to is a sink of its own: neither waits for the other, or makes the logger wait.
 */
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import winston from 'winston';
import Transport from 'winston-transport';
import type { LogLevel } from '../src/config/readers.ts';
import { createFloodGuard } from './flood-guard.ts';
import { createLogFile, type LogFileOptions } from './log-file.ts';
import {
  logLine,
  type LineBase,
  type LineLevel,
  type LogFields,
  type LogLine,
  type WrittenTrace,
} from './log-line.ts';
import { logMessages } from './log-metrics.ts';
import { createLogSinks, type LogSinks } from './log-sinks.ts';
import type { SinkLimits } from './log-sink.ts';
import type { LogTarget } from './log-target.ts';
import type { LogFormat } from './pretty-line.ts';
import { telemetry } from './start.ts';

export type { LogFields } from './log-line.ts';

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
  /** Writes the last line of the process, whatever waits, and gives it 1 s; nothing is written after it. */
  fatal(message: string, fields: LogFields): Promise<void>;
  /** From now on. */
  setLevel(level: LogLevel): void;
  /** A sentence while lines are not written to a place that they should go to. */
  trouble(): string | null;
  /** Another process's line, as it is, to standard output alone. @param line ends with a line feed */
  relay(line: string): void;
  /**
   * Reports what the flood guard holds back and waits until everything is written, 2 s at most: what
   * nobody takes by then is dropped.
   */
  close(): Promise<void>;
}

export interface LoggerOptions {
  level: LogLevel;
  /** A folder for the log file, rotated by size; absent: stdout only. */
  logDir?: string | undefined;
  /** Of the file in it; `sono-eval.log` unless it is given. */
  logName?: string;
  /** Further ones of every line. */
  fields?: Readonly<Record<string, string | number>>;
  /** In place of 5 files of 50 MiB, for tests. */
  logFile?: Partial<LogFileOptions>;
  /** In place of the log store that the environment names, for tests. */
  store?: LogTarget;
  /** In place of 20,000 lines of 8 MiB that may wait in front of each place, for tests. */
  limits?: Partial<SinkLimits>;
  /** Milliseconds that `close` waits at most, in place of 2 s, for tests. */
  closeMs?: number;
  serviceVersion: string;
  environment: string;
  /** Of stdout, JSON if it is not given; log files are always JSON. */
  format?: LogFormat;
  /** In place of stdout, for tests. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
  /** Lines per second of one message and level before they collapse. */
  floodLimit?: number;
}

const LEVELS = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4 } as const;
const LOG_FILE = { maxBytes: 50 * 1024 * 1024, maxFiles: 5 };
const LIMITS = { maxLines: 20_000, maxBytes: 8 * 1024 * 1024 };
const FLOOD_LIMIT = 200;
const CLOSE_MS = 2000;
const FATAL_MS = 1000;
/** Lines, by level. */
const counted = {
  fatal: logMessages.of({ level: 'fatal' }),
  error: logMessages.of({ level: 'error' }),
  warn: logMessages.of({ level: 'warn' }),
  info: logMessages.of({ level: 'info' }),
  debug: logMessages.of({ level: 'debug' }),
};
const LINE = Symbol('line');
const FIELDS = Symbol('fields');

interface Entry extends WrittenTrace {
  level: LogLevel;
  message: string;
  [FIELDS]: LogFields;
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
    const who = process.getuid === undefined ? 'this user' : `the user ${process.getuid()}`;
    throw new Error(`LOG_DIR ${dir} is no folder that ${who} can write to.`, { cause: error });
  }
}

export function createLogger(options: LoggerOptions): RootLogger {
  const base = {
    'service.name': telemetry.serviceName,
    'service.version': options.serviceVersion,
    'service.instance.id': telemetry.instanceId,
    'deployment.environment.name': options.environment,
    ...options.fields,
  };
  /** Past winston and the flood guard: what the log says of itself, and the last line. */
  const compose = (level: LineLevel, message: string, fields: LogFields) => {
    counted[level](1);
    return logLine({ level, message, fields }, base);
  };
  const sinks = createLogSinks({
    stream: options.stream,
    format: options.format ?? 'json',
    file: fileOf(options),
    otlp: options.store ?? telemetry.logTarget?.(),
    limits: { ...LIMITS, ...options.limits },
    compose,
  });
  let { level: lowest } = options;
  const { front, transport } = createFront(lowest, base, sinks);
  const write = (level: LogLevel, message: string, fields: LogFields) => {
    counted[level](1);
    const entry: Entry = { level, message, [FIELDS]: fields };
    front.log(entry);
  };
  const guard = createFloodGuard<{ level: LogLevel; message: string }>({
    perSecond: options.floodLimit ?? FLOOD_LIMIT,
    now: () => performance.now(),
    summarise: ({ level, message }, suppressed) => write(level, message, { suppressed }),
  });
  const logger = facade((level, message, fields) => {
    if (LEVELS[level] > LEVELS[lowest]) return;
    if (fields.always === true || guard.admit(`${level} ${message}`, { level, message })) {
      write(level, message, fields);
    }
  }, {});

  return {
    ...logger,
    setLevel(level) {
      lowest = level;
      front.level = level;
    },
    trouble: () => sinks.trouble(),
    relay: (line) => sinks.relay(line),
    async fatal(message, fields) {
      guard.flush();
      sinks.put(compose('fatal', message, fields), { always: true });
      await sinks.close(FATAL_MS);
    },
    async close() {
      guard.flush();
      const finished = once(transport, 'finish');
      front.end();
      await finished;
      await sinks.close(options.closeMs ?? CLOSE_MS);
    },
  };
}

function fileOf({ logDir, logName = 'sono-eval.log', logFile }: LoggerOptions) {
  if (logDir === undefined) return undefined;
  return createLogFile({ path: join(logDir, logName), ...LOG_FILE, ...logFile });
}

/** winston: level, format, and one transport, which hands the line on and is done with it. */
function createFront(level: LogLevel, base: LineBase, sinks: LogSinks) {
  const transport = new Transport({
    log(info: { [LINE]: LogLine }, done: () => void) {
      sinks.put(info[LINE]);
      done();
    },
  });
  const front = winston.createLogger({
    levels: LEVELS,
    level,
    transports: [transport],
    format: winston.format((info) => {
      const entry = info as unknown as Entry;
      info[LINE] = logLine({ ...entry, fields: entry[FIELDS] }, base);
      return info;
    })(),
  });
  // A line that cannot be written must not end the process.
  front.on('error', () => {});
  return { front, transport };
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
