/** The same event more often than this in one second collapses into one line with a count. */
const WINDOW_MS = 1000;
/** Events told apart within a window; messages are constants, so more means one of them is not. */
const MAX_EVENTS = 500;

interface Seen<Event> {
  event: Event;
  count: number;
}

export interface FloodGuard<Event> {
  /** @returns whether this one may be written */
  admit(key: string, event: Event): boolean;
  /** Reports what was held back; called by itself at the end of each window. */
  flush(): void;
}

/**
 * Counts events by key in windows of one second. The first `perSecond` of a key pass; the rest is
 * reported once, by `summarise`, when the window is over (also when nothing is logged any more).
 */
export function createFloodGuard<Event>(deps: {
  perSecond: number;
  now: () => number;
  summarise: (event: Event, suppressed: number) => void;
}): FloodGuard<Event> {
  const seen = new Map<string, Seen<Event>>();
  let windowStart = deps.now();
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const suppressed = [...seen.values()].filter(({ count }) => count > deps.perSecond);
    seen.clear();
    windowStart = deps.now();
    for (const { event, count } of suppressed) deps.summarise(event, count - deps.perSecond);
  };

  return {
    flush,
    admit(key, event) {
      if (deps.now() - windowStart >= WINDOW_MS) flush();
      const slot = seen.has(key) || seen.size < MAX_EVENTS ? key : '';
      const known = seen.get(slot);
      if (known === undefined) {
        seen.set(slot, { event, count: 1 });
        return true;
      }
      known.count++;
      if (known.count <= deps.perSecond) return true;
      timer ??= setTimeout(flush, WINDOW_MS).unref();
      return false;
    },
  };
}
