/**
 * The places that every log line goes to: standard output, a file, and a log store. What one of them
 * does not take is counted, and told on the others (once when it begins; once on all when it is over,
 * with the number). A line about a place is never written to it while it takes none, and what the
 * exporter has to say while it sends lines is not sent: there is nothing that could go round in a circle.
 */
import type { LineLevel, LogFields, LogLine } from './log-line.ts';
import { logLinesDropped } from './log-metrics.ts';
import { createLogSink, type LogSink, type SinkLimits, type SinkTrouble } from './log-sink.ts';
import { createStdoutTarget } from './log-stdout.ts';
import type { LogTarget } from './log-target.ts';
import { isSending } from './tracing.ts';
import { hasColors, isForPeople, prettyLine, type LogFormat } from './pretty-line.ts';

type Name = 'stdout' | 'file' | 'otlp';

export interface LogSinks {
  /** @param options.always whatever waits already */
  put(line: LogLine, options?: { always: true }): void;
  /** To standard output alone, as it is. */
  relay(line: string): void;
  /**
   * A sentence for the service's health while a place of this machine does not take lines: a log store
   * that is down costs lines in it and nothing else.
   */
  trouble(): string | null;
  /** Waits until all are written, so many milliseconds at most; never rejects. */
  close(withinMs: number): Promise<void>;
}

/** What a pipe may take to be read when the process exits without closing its log. */
const EXIT_MS = 500;

/** Milliseconds that lines for a log store are gathered, or until there is a request full of them. */
const GATHER = { ms: 200, lines: 500 };

const titles = {
  stdout: 'Standard output',
  file: 'The log file',
  otlp: 'The log store',
} as const;

export function createLogSinks(deps: {
  /** In place of stdout. */
  stream: (NodeJS.WritableStream & { isTTY?: boolean }) | undefined;
  format: LogFormat;
  file: LogTarget | undefined;
  otlp: LogTarget | undefined;
  limits: SinkLimits;
  /** Makes a line of what the log has to say of itself. */
  compose: (level: LineLevel, message: string, fields: LogFields) => LogLine;
}): LogSinks {
  const { stream, file, otlp, limits } = deps;
  const out = stream ?? process.stdout;
  const readable = isForPeople(deps.format, out);
  const colors = hasColors(out);

  const put = (line: LogLine, options?: { always?: true; except?: Name }) => {
    // The line of files and stores, and that of stdout unless the terminal is for people.
    const json = readable && sinks.length === 1 ? '' : `${JSON.stringify(line)}\n`;
    const except = options?.except ?? (isSending() ? 'otlp' : undefined);
    for (const [name, sink] of sinks) {
      if (name === except) continue;
      const text = readable && name === 'stdout' ? `${prettyLine(line, colors)}\n` : json;
      sink.write(text, options?.always);
    }
  };
  const create = (name: Name, target: LogTarget, gather?: typeof GATHER) => {
    const count = logLinesDropped.of({ sink: name });
    return createLogSink({
      target,
      ...limits,
      gather,
      events: {
        dropped: count,
        failed: ({ reason, error }) => {
          const fields = { 'event.name': 'log.sink_failed', sink: name, reason, error };
          put(deps.compose('error', `${titles[name]} takes no log lines`, fields), {
            except: name,
          });
        },
        recovered: (trouble) => {
          put(
            deps.compose('warn', `${titles[name]} takes log lines again`, recovery(name, trouble)),
          );
        },
      },
    });
  };
  const stdout = stream === undefined ? create('stdout', createStdoutTarget()) : direct(stream);
  const sinks: [Name, LogSink][] = [['stdout', stdout]];
  if (file !== undefined) sinks.push(['file', create('file', file)]);
  if (otlp !== undefined) sinks.push(['otlp', create('otlp', otlp, GATHER)]);

  const onExit = () => stdout.flushSync(EXIT_MS);
  if (stream === undefined) process.on('exit', onExit);

  return {
    put,
    relay: (line) => stdout.write(line),
    trouble: () => {
      const sentences = sinks.flatMap(([name, sink]) =>
        name === 'otlp' ? [] : sentence(name, sink.trouble()),
      );
      return sentences.length === 0 ? null : sentences.join(' ');
    },
    async close(withinMs) {
      process.off('exit', onExit);
      await Promise.all(sinks.map(([, sink]) => sink.close(withinMs)));
    },
  };
}

function recovery(sink: Name, { reason, since, dropped }: SinkTrouble): LogFields {
  return {
    'event.name': 'log.sink_recovered',
    sink,
    reason,
    lines_dropped: dropped,
    since: new Date(since),
  };
}

function sentence(name: Name, trouble: SinkTrouble | null): string[] {
  if (trouble === null) return [];
  return [`${titles[name]} takes no log lines (${trouble.reason}); ${trouble.dropped} are lost.`];
}

/** A stream in this process takes every line at once. */
function direct(stream: NodeJS.WritableStream): LogSink {
  return {
    write: (line) => void stream.write(line),
    dropped: () => 0,
    trouble: () => null,
    flushSync: () => {},
    close: () => Promise.resolve(),
  };
}
