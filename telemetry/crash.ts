/**
 * An error that nobody catches ends the process with exit code 1, after one redacted line at level
 * `fatal`: in the log, with everything that waits in front of it; on stderr where there is no log yet or
 * any more, or where a place of it takes no lines.
 * Node itself would print the error as it is, with whatever a driver or a client put into its text.
 *
 * What ends without JavaScript (no memory left, a native crash) prints its own text.
 */
import { isatty } from 'node:tty';
import { logLine, type LogFields } from './log-line.ts';
import { writeNow } from './log-stdout.ts';
import { hasColors, isForPeople, prettyLine, type LogFormat } from './pretty-line.ts';
import { activeTrace } from './tracing.ts';

interface LastLog {
  fatal(message: string, fields: LogFields): Promise<void>;
  /** A sentence while not every place takes its lines. */
  trouble(): string | null;
}

export interface Crash {
  /**
   * This process is a service: whoever else listens for uncaught errors, it ends with them. Otherwise
   * another listener, a test runner's for one, is left to it.
   */
  takeCharge(): void;
  /** Until the returned function is called, the log for the last line; the newest one has it. */
  reportTo(log: LastLog): () => void;
  /** Says on stderr, in a line, why the service does not start; to a person with a sentence alone. */
  refuse(error: unknown, sentence: string): void;
}

const MESSAGE = 'The process ends: an error was not caught';
const EVENT = { 'event.name': 'process.crashed' };
const REFUSED = 'The service does not start';
const STDERR = 2;
/** Milliseconds until the process ends, whatever the log takes; more than its own bound. */
const END_MS = 2000;
const TELL_MS = 500;
/** Ids of no trace are zeros. */
const NO_TRACE = /^0+$/;

/**
 * @param deps.base fields of every line
 * @param deps.format of stderr, while the configuration is not read yet
 */
export function installCrashHandler(deps: {
  base: Record<string, string>;
  format: LogFormat;
}): Crash {
  const logs: LastLog[] = [];
  let inCharge = false;
  let ending = false;

  const err = { isTTY: isatty(STDERR), hasColors: () => process.stderr.hasColors() };
  const readable = isForPeople(deps.format, err);
  // Opening `process.stderr` is what makes a pipe not block.
  const say = (text: string) => writeNow(process.stderr.fd, `${text}\n`, TELL_MS);
  const tell = (message: string, fields: LogFields) => {
    const line = logLine({ level: 'fatal', message, fields }, deps.base);
    say(readable ? prettyLine(line, hasColors(err)) : JSON.stringify(line));
  };
  const tellAnyway = (fields: LogFields) => {
    try {
      tell(MESSAGE, fields);
    } catch {
      // An error that cannot even be looked at.
      tell(MESSAGE, EVENT);
    }
  };
  const onError = (thrown: unknown) => {
    const isAlone = process.listenerCount('uncaughtException') === 1;
    // The first one is the cause; those that follow while its line is written say nothing new.
    if (ending || !(inCharge || isAlone)) return;
    ending = true;
    process.exitCode = 1;
    setTimeout(leave, END_MS);
    const trace = activeTrace();
    const what = thrown === undefined ? { 'exception.type': 'undefined' } : { error: thrown };
    const fields = { ...EVENT, ...what, ...(NO_TRACE.test(trace.traceId) ? {} : { trace }) };
    const log = logs.at(-1);
    const without = () => {
      tellAnyway(fields);
      leave();
    };
    if (log === undefined) return without();
    try {
      // Where a place of the log took nothing, the line may be in none.
      log
        .fatal(MESSAGE, fields)
        .then(() => (log.trouble() === null ? leave() : without()), without);
    } catch {
      without();
    }
  };
  process.on('uncaughtException', onError);

  return {
    takeCharge: () => void (inCharge = true),
    reportTo(log) {
      logs.push(log);
      return () => void logs.splice(logs.indexOf(log), 1);
    },
    refuse(error, sentence) {
      if (readable) say(sentence);
      else tell(REFUSED, { 'event.name': 'service.start_failed', error });
    },
  };
}

/** Ends the process even if a listener of its end throws: the second call asks none. */
function leave(): void {
  try {
    process.exit(1);
  } catch {
    process.exit(1);
  }
}
