import { assertNoBreaches } from './contract.ts';
import { shareTestServer, stopTestServer, sweepTestServers } from './database.ts';

// Prometheus and promtool live for a minute here: collecting garbage as for months takes a quarter of their time.
process.env['GOGC'] ??= '400';

/** Test runs that were killed may have left a server and its data behind. */
export async function mochaGlobalSetup(): Promise<void> {
  await sweepTestServers();
  if (process.argv.includes('--parallel')) await shareTestServer();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopTestServer();
}

export const mochaHooks = {
  afterAll: assertNoBreaches,
};
