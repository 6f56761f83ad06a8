import type { Clock } from './cache.ts';
import type { Invalidations } from './invalidation.ts';
import type { SharedTier } from './shared-tier.ts';
import type { Bus } from './bus.ts';
import { HEARTBEAT_MS, type Trust } from './trust.ts';

/** What Redis has missed should not wait for a whole heartbeat. */
const RETRY_MS = 1000;

export interface Heartbeat {
  start: () => void;
  /** Redis has missed something: ask it soon. */
  hurry: () => void;
  stop: () => Promise<void>;
}

/** Listens to the bus, and asks Redis every heartbeat whether the bus left something out. */
export function createHeartbeat(deps: {
  tier: SharedTier | null;
  bus: Bus | null;
  trust: Trust;
  invalidations: Pick<Invalidations, 'heard' | 'delivered' | 'pending'>;
  clock: Clock;
  random: () => number;
}): Heartbeat {
  const { tier, bus, trust, invalidations, clock } = deps;
  let stopped = true;
  let cancel = () => {};
  let beatAt = 0;

  /** @returns false when Redis is silent; trust then ends by itself */
  const ask = async (): Promise<boolean> => {
    try {
      await invalidations.delivered();
      const sentAt = clock.nowMs();
      if (tier !== null) trust.polled(await tier.position(), sentAt);
      return true;
    } catch {
      return false;
    }
  };
  const beat = async (): Promise<void> => {
    const [answered] = await Promise.all([ask(), bus?.check()]);
    if (!stopped) schedule(answered && !invalidations.pending ? HEARTBEAT_MS : RETRY_MS);
  };
  const schedule = (ms: number) => {
    cancel();
    // Jitter, so that the processes of a fleet do not ask in one moment.
    const pause = ms * (0.8 + 0.2 * deps.random());
    beatAt = clock.nowMs() + pause;
    cancel = clock.after(pause, () => void beat());
  };
  const hurry = () => {
    // One that beats now looks for itself at its end.
    if (!stopped && beatAt > clock.nowMs() + RETRY_MS) schedule(RETRY_MS);
  };

  return {
    start() {
      if (!stopped || tier === null || bus === null) return;
      stopped = false;
      bus.listen({
        onMessage(message) {
          invalidations.heard(message.text);
          trust.heard(message);
        },
        onConnected(connected) {
          trust.connected(connected);
          if (connected) void ask().then((answered) => (answered ? undefined : hurry()));
        },
      });
      void beat();
    },
    hurry,
    async stop() {
      stopped = true;
      cancel();
      await bus?.close();
    },
  };
}
