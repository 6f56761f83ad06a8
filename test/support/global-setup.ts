import { assertNoBreaches } from './contract.ts';
import { shareTestServer, stopTestServer, sweepTestServers } from './database.ts';

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
