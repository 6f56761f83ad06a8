/** The side of a process that was started by the primary. */
import type { Family } from '#telemetry/exposition.ts';
import type { Config } from '../config.ts';
import { createChannel, type Wire } from './channel.ts';
import { createPeers, type Peers, type Told } from './peers.ts';

/** What the primary tells one that it has started. */
export interface Welcome {
  /** From 1 on. */
  number: number;
  areServing: boolean;
}

/** What one tells that serves; the first one's is told to people. */
export interface ServingFacts {
  apiPort: number;
  adminKey: { path: string; text: string; isNew: boolean } | null;
}

export interface Membership {
  config: Config;
  peers: Peers;
  serving: (facts: ServingFacts) => Promise<void>;
  /** What it counted last; never rejects. */
  leave: (families: Family[]) => Promise<void>;
}

/** @param deps.collect the metrics of this process */
export async function joinPrimary(deps: {
  config: Config;
  wire: Wire;
  collect: () => Promise<Family[]>;
}): Promise<Membership> {
  let told: Told = () => undefined;
  const channel = createChannel(deps.wire, {
    alive: () => true,
    metrics: deps.collect,
    told: (what) => told(what),
  });
  const { number, areServing } = await channel.ask<Welcome>('welcome');
  const peers = createPeers(channel, areServing);
  told = peers.told;
  return {
    config: configOfProcess(deps.config, number, process.pid),
    peers,
    async serving({ apiPort, adminKey }) {
      await channel.ask('facts', { apiPort, adminKey } satisfies ServingFacts);
      await channel.ask('serving');
    },
    leave: (families) => channel.ask<void>('last_metrics', families).catch(() => undefined),
  };
}

/** Digits of the number in the name of a log file, so that no older file of another process has the same name. */
const DIGITS = 2;

/** What is meant for the service is shared out; what is a process's own gets its name. */
export function configOfProcess(config: Config, number: number, pid: number): Config {
  const { processes } = config.api;
  return {
    ...config,
    log: {
      ...config.log,
      file: `sono-eval-${String(number).padStart(DIGITS, '0')}.log`,
      fields: { 'process.pid': pid },
    },
    rateLimit: { ...config.rateLimit, instances: config.rateLimit.instances * processes },
    assessments: {
      ...config.assessments,
      maxConcurrent: Math.ceil(config.assessments.maxConcurrent / processes),
    },
  };
}
