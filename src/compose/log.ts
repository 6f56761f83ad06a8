import { createLogger, prepareLogDir, type RootLogger } from '#telemetry/logger.ts';
import type { Config } from '../config.ts';
import { after } from '../time/clock.ts';

/**
 * @param stream in place of stdout
 * @throws {Error} with a sentence for the operator, when LOG_DIR cannot be written to
 */
export function openLog(
  config: Config,
  { version, now }: { version: string; now: () => Date },
  stream?: NodeJS.WritableStream,
): RootLogger {
  if (config.log.dir !== undefined) prepareLogDir(config.log.dir);
  const log = createLogger({
    level: config.log.level,
    logDir: config.log.dir,
    logName: config.log.file,
    fields: config.log.fields,
    format: config.log.format,
    serviceVersion: version,
    environment: config.environment,
    ...(stream === undefined ? {} : { stream }),
  });
  endDebug(log, config.log, now(), after);
  return log;
}

/** What production permitted for some hours ends without a restart. */
export function endDebug(
  log: Pick<RootLogger, 'setLevel' | 'info'>,
  { level, debugUntil }: Pick<Config['log'], 'level' | 'debugUntil'>,
  now: Date,
  after: (ms: number, run: () => void) => void,
): void {
  if (level !== 'debug' || debugUntil === null) return;
  after(debugUntil - now.getTime(), () => {
    log.setLevel('info');
    log.info('Debug lines end: LOG_DEBUG_UNTIL is over.', { 'event.name': 'log.debug_ended' });
  });
}
