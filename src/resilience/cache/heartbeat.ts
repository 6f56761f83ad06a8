import type { Clock } from './cache.ts';
import { HEARTBEAT_MS, type Freshness } from './freshness.ts';
import type { Invalidations } from './invalidation.ts';
import type { Bus, RemoteTier } from './remote-tier.ts';

/** What Redis has missed, or did not answer, does not wait for a whole heartbeat. */
const TICK_MS = 1000;

/** Listens to the bus, and asks Redis every heartbeat whether the bus left something out. */
export function createHeartbeat(deps: {
  shared: { tier: RemoteTier; bus: Bus } | null;
  freshness: Freshness;
  invalidations: Invalidations;
  clock: Clock;
  random: () => number;
}) {
  const { shared, freshness, invalidations, clock } = deps;
  let running = false;
  let cancel = () => {};
  let askAt = 0;

  const ask = async (tier: RemoteTier): Promise<void> => {
    try {
      await invalidations.delivered();
      const sentAt = clock.nowMs();
      freshness.polled(await tier.poll(), sentAt);
      askAt = sentAt + HEARTBEAT_MS - TICK_MS;
    } catch {
      // Redis is silent: it is asked again at the next tick, and freshness ends by itself.
      askAt = 0;
    }
  };
  const tick = async ({ tier, bus }: { tier: RemoteTier; bus: Bus }): Promise<void> => {
    const isTime = invalidations.pending || clock.nowMs() >= askAt;
    if (isTime) await Promise.all([ask(tier), bus.check()]);
    // Jitter, so that the processes of a fleet do not ask in one moment.
    const pause = TICK_MS * (0.8 + 0.2 * deps.random());
    if (running) cancel = clock.after(pause, () => void tick({ tier, bus }));
  };

  return {
    start(): void {
      if (running || shared === null) return;
      running = true;
      shared.bus.listen({
        onMessage(position, text) {
          invalidations.heard(text);
          freshness.heard(position);
        },
        onConnected(connected) {
          freshness.connected(connected);
          if (connected) void ask(shared.tier);
        },
      });
      void tick(shared);
    },
    async stop(): Promise<void> {
      running = false;
      cancel();
      await shared?.bus.close();
    },
  };
}
