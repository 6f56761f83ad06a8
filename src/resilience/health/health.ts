/**
 * Health: one loop probes every component, in parallel, each under its own deadline; routes, readiness
 * and metrics read what it found last, so no request ever waits for a probe.
 *
 * Guarantees: a hung probe counts as failed at its deadline and is not started again while it hangs;
 * readiness is lost after 3 failed probes of the database in a row and is back after 1 good one;
 * liveness asks nothing. A component that was never probed is `unavailable`.
 */

export const componentNames = [
  'assessment',
  'memory',
  'tagging',
  'database',
  'redis',
  'filesystem',
  'circuit_breakers',
] as const;
export type ComponentName = (typeof componentNames)[number];
export type ComponentStatus = 'operational' | 'degraded' | 'unavailable' | 'disabled';

/** Without these the service can't answer: `/health` is 503 while one is unavailable. */
export const criticalComponents: readonly ComponentName[] = [
  'assessment',
  'database',
  'filesystem',
];

const FAILURES_BEFORE_UNREADY = 3;

export type FailureReason = 'timeout' | 'refused' | 'error';

export interface Probe {
  /** Milliseconds after which the probe has failed. */
  deadlineMs: number;
  /** Resolves when the component works; a returned sentence says why it is degraded. */
  run: (signal: AbortSignal) => Promise<string | void>;
  /** What to look at when it fails. */
  hint: string;
}

export interface ComponentState {
  status: ComponentStatus;
  /** ISO 8601; when the status was last another one. */
  since: string;
  /** Milliseconds that the last probe took; null before the first. */
  durationMs: number | null;
  failures: number;
  reason: string | null;
  hint: string | null;
}

export interface ProbeEvents {
  probed: (
    component: ComponentName,
    outcome: { ok: boolean; seconds: number; reason?: FailureReason },
  ) => void;
  changed: (
    component: ComponentName,
    from: ComponentStatus,
    to: ComponentStatus,
    reason: string | null,
  ) => void;
}

export interface Health {
  /** Probes every component once; never rejects. */
  probeAll: () => Promise<void>;
  component: (name: ComponentName) => ComponentState;
  /** It answered once and has not failed 3 times in a row since. */
  databaseReady: () => boolean;
  /** Starts the loop; the returned function stops it. */
  start: (intervalMs: number) => () => void;
}

export function createHealth(deps: {
  /** Null for a component that is switched off. */
  probes: Record<ComponentName, Probe | null>;
  events: ProbeEvents;
  now: () => Date;
  monotonicMs: () => number;
}): Health {
  const states = new Map<ComponentName, ComponentState>();
  const hanging = new Set<ComponentName>();
  let databaseReady = false;
  for (const name of componentNames) {
    const status = deps.probes[name] === null ? 'disabled' : 'unavailable';
    const reason = status === 'disabled' ? null : 'not probed yet';
    states.set(name, {
      status,
      since: deps.now().toISOString(),
      durationMs: null,
      failures: 0,
      reason,
      hint: null,
    });
  }
  const stateOf = (name: ComponentName) => states.get(name) as ComponentState;

  const settle = (
    name: ComponentName,
    status: ComponentStatus,
    reason: string | null,
    durationMs: number,
  ) => {
    const before = stateOf(name);
    const changed = before.status !== status;
    states.set(name, {
      status,
      since: changed ? deps.now().toISOString() : before.since,
      durationMs: Math.round(durationMs * 100) / 100,
      failures: status === 'unavailable' ? before.failures + 1 : 0,
      reason,
      hint: status === 'operational' ? null : (deps.probes[name]?.hint ?? null),
    });
    if (changed) deps.events.changed(name, before.status, status, reason);
  };

  async function probe(name: ComponentName): Promise<void> {
    const component = deps.probes[name];
    if (component === null) return;
    const startedAt = deps.monotonicMs();
    try {
      if (hanging.has(name)) throw new ProbeTimeout(component.deadlineMs);
      const reason = (await underDeadline(component, name, hanging)) ?? null;
      const ms = deps.monotonicMs() - startedAt;
      settle(name, reason === null ? 'operational' : 'degraded', reason, ms);
      deps.events.probed(name, { ok: true, seconds: ms / 1000 });
    } catch (error) {
      const ms = deps.monotonicMs() - startedAt;
      const reason = failureReason(error);
      settle(name, 'unavailable', describe(error, reason), ms);
      deps.events.probed(name, { ok: false, seconds: ms / 1000, reason });
    }
  }

  const probeAll = async () => {
    await Promise.all(componentNames.map(probe));
    const { status, failures } = stateOf('database');
    if (status !== 'unavailable') databaseReady = true;
    else if (failures >= FAILURES_BEFORE_UNREADY) databaseReady = false;
  };

  return {
    probeAll,
    component: stateOf,
    databaseReady: () => databaseReady,
    start(intervalMs) {
      let timer: NodeJS.Timeout | undefined;
      let stopped = false;
      const round = async () => {
        await probeAll();
        if (!stopped) timer = setTimeout(() => void round(), intervalMs).unref();
      };
      timer = setTimeout(() => void round(), intervalMs).unref();
      return () => {
        stopped = true;
        clearTimeout(timer);
      };
    },
  };
}

class ProbeTimeout extends Error {
  override readonly name = 'ProbeTimeout';
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
  }
}

async function underDeadline(probe: Probe, name: ComponentName, hanging: Set<ComponentName>) {
  const controller = new AbortController();
  const running = probe.run(controller.signal);
  hanging.add(name);
  void running.catch(() => undefined).then(() => hanging.delete(name));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const timeout = new ProbeTimeout(probe.deadlineMs);
      controller.abort(timeout);
      reject(timeout);
    }, probe.deadlineMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

const refusedCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'EHOSTUNREACH']);

function failureReason(error: unknown): FailureReason {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'ProbeTimeout' || cause.name === 'TimeoutError') return 'timeout';
    if ('code' in cause && refusedCodes.has(String(cause.code))) return 'refused';
  }
  return 'error';
}

/** A sentence for a status page: no address, no SQL. */
function describe(error: unknown, reason: FailureReason): string {
  if (error instanceof ProbeTimeout) return error.message;
  if (reason === 'timeout') return 'no answer in time';
  return reason === 'refused' ? 'connection refused or lost' : 'the probe failed';
}
