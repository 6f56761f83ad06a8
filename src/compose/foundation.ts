import type { RootLogger } from '#telemetry/logger.ts';
import type { Peers } from '../cluster/peers.ts';
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
  /** Other processes behind the same port; undefined: there are none. */
  peers: Peers | undefined;
}
