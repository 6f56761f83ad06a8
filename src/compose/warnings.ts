import { configWarnings } from '../config/warnings.ts';
import { readServerFacts } from '../storage/postgres/server-facts.ts';
import type { Platform } from './platform.ts';

/** Between our clock and that of PostgreSQL: by both of them ends what ends by time. Milliseconds. */
export const MOST_SKEW_MS = 30_000;

/** What production starts with, although it should be otherwise: a line for each, once. `npm run doctor` says more. */
export async function warnOfDeployment(platform: Platform): Promise<void> {
  const { config, log, database, clock } = platform;
  if (!config.production) return;
  const warn = (variable: string, warning: string, hint: string) => {
    log.warn(warning, { 'event.name': 'config.warning', variable, hint });
  };
  for (const { variable, warning, fix } of configWarnings(config)) warn(variable, warning, fix);
  if (process.getuid?.() === 0) {
    warn('uid', 'The service runs as root.', 'Run it as a user of its own, as the image does.');
  }
  try {
    const { clockSkewMs } = await readServerFacts(database, clock.now);
    if (Math.abs(clockSkewMs) <= MOST_SKEW_MS) return;
    const warning = 'The clocks of this machine and of PostgreSQL are more than 30 s apart.';
    warn('clock', warning, 'Synchronise both with NTP.');
  } catch {
    // It was there a moment ago, and its prober says what became of it.
  }
}
