import type { RootLogger } from '#telemetry/logger.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../time/clock.ts';

/** What parts are made of. */
export interface Foundation {
  config: Config;
  /** Of package.json. */
  version: string;
  log: RootLogger;
  clock: Clock;
  /** Stops what was started, last first. */
  cleanup: AsyncDisposableStack;
}
