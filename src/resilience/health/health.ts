/**
 * Health: every component is probed again and again, each under its own deadline and waiting for no
 * other; routes, readiness and metrics read what was found last, so no request ever waits for a probe.
 *
 * Guarantees: a hung probe counts as failed at its deadline and is not started again while it hangs;
 * a component is no longer ready after 3 failed probes in a row and is ready after 1 good one; after
 * a failed one the next begins within half the interval or at once, whichever is later, so that
 * 3 are over within the interval and 3 times the longer of deadline and half the interval.
 * Liveness asks nothing. A component is `starting` until its first probe is over.
 *
 * Components are declared by their owner and registered in `compose/`. It fails towards `unavailable`:
 * what cannot be asked does not work, and what was not asked yet is not known to work.
 */

import { after as timer } from '../../time/clock.ts';
import { DependencyError, findCause } from '../../errors.ts';
import { refusalOf } from '../../storage/refusal.ts';
import { withTimeout } from '../../time/with-timeout.ts';

export const componentStatuses = [
  'starting',
  'operational',
  'degraded',
  'unavailable',
  'disabled',
] as const;
export type ComponentStatus = (typeof componentStatuses)[number];

/** In which a component does its work. */
const working: readonly ComponentStatus[] = ['operational', 'degraded', 'disabled'];

const FAILURES_BEFORE_UNREADY = 3;

export type FailureReason = 'timeout' | 'refused' | 'error';

/** Of a probe that did not ask this time: the component stays as it was found last. */
export const unchanged = Symbol('unchanged');

export interface Probe {
  /** Milliseconds after which the probe has failed. */
  deadlineMs: number;
  /** Resolves when the component works; a returned sentence says why it is degraded. */
  run: (signal: AbortSignal) => Promise<string | void | typeof unchanged>;
  /** What to look at when it fails. */
  hint: string;
}

export interface Component {
  name: string;
  /** Without it the service can't answer: `/health` is 503 while it is unavailable. */
  critical: boolean;
  /** Null for a component that is switched off. */
  probe: Probe | null;
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
  registered: (component: Component) => void;
  probed: (
    component: Component,
    outcome: { ok: boolean; seconds: number; reason?: FailureReason },
  ) => void;
  /** Also when a server begins to refuse us while its component was down for another reason. */
  changed: (
    component: string,
    from: ComponentStatus,
    to: ComponentStatus,
    reason: string | null,
    /** What the probe threw. */
    error?: unknown,
  ) => void;
}

export interface Health {
  /** Of the components, as registered. */
  names: readonly string[];
  /** Probes every component once; never rejects. */
  probeAll: () => Promise<void>;
  /** @throws {Error} when there is no such component */
  component: (name: string) => ComponentState;
  /** Whether every critical component was found working by its last probe. */
  isWorking: () => boolean;
  /** Whether the component answered once and has not failed 3 times in a row since. */
  isReady: (name: string) => boolean;
  /** Probes each component, from start to start every `intervalMs`; the returned function stops it. */
  start: (intervalMs: number) => () => void;
}

/** Runs something later, on a timer that keeps no process alive. @returns cancels it */
type After = (ms: number, run: () => void) => () => void;

export function createHealth(deps: {
  components: readonly Component[];
  events: ProbeEvents;
  now: () => Date;
  monotonicMs: () => number;
  after?: After;
}): Health {
  const { components, events, after = timer } = deps;
  const states = new Map<string, ComponentState>();
  const ready = new Set<string>();
  const hanging = new Set<string>();
  for (const component of components) {
    const { name, probe } = component;
    if (states.has(name)) throw new Error(`The component ${name} is registered twice.`);
    states.set(name, {
      status: probe === null ? 'disabled' : 'starting',
      since: deps.now().toISOString(),
      durationMs: null,
      failures: 0,
      reason: probe === null ? null : 'not probed yet',
      hint: null,
    });
    events.registered(component);
  }
  const stateOf = (name: string) => {
    const state = states.get(name);
    if (state === undefined) throw new Error(`There is no component ${name}.`);
    return state;
  };

  const record = (
    { name, probe }: Component,
    status: ComponentStatus,
    { reason, durationMs, error }: { reason: string | null; durationMs: number; error?: unknown },
  ) => {
    const before = stateOf(name);
    const changed = before.status !== status;
    const failures = status === 'unavailable' ? before.failures + 1 : 0;
    states.set(name, {
      status,
      since: changed ? deps.now().toISOString() : before.since,
      durationMs: Math.round(durationMs * 100) / 100,
      failures,
      reason,
      hint: status === 'operational' ? null : hintOf(probe, error),
    });
    if (failures === 0) ready.add(name);
    else if (failures >= FAILURES_BEFORE_UNREADY) ready.delete(name);
    const isNewRefusal = reason !== before.reason && refusalOf(error) !== undefined;
    if (changed || isNewRefusal) events.changed(name, before.status, status, reason, error);
  };

  async function probe(component: Component): Promise<void> {
    if (component.probe === null) return;
    const startedAt = deps.monotonicMs();
    try {
      const reason = await runProbe(component.name, component.probe, hanging);
      if (reason === unchanged) return;
      const durationMs = deps.monotonicMs() - startedAt;
      const status = reason === undefined ? 'operational' : 'degraded';
      record(component, status, { reason: reason ?? null, durationMs });
      events.probed(component, { ok: true, seconds: durationMs / 1000 });
    } catch (error) {
      const durationMs = deps.monotonicMs() - startedAt;
      const reason = failureReason(error);
      record(component, 'unavailable', { reason: describe(error, reason), durationMs, error });
      events.probed(component, { ok: false, seconds: durationMs / 1000, reason });
    }
  }

  const probeAll = async () => {
    await Promise.all(components.map(probe));
  };

  return {
    names: components.map(({ name }) => name),
    probeAll,
    component: stateOf,
    isWorking: () =>
      components.every(({ name, critical }) => !critical || working.includes(stateOf(name).status)),
    isReady: (name) => ready.has(name),
    start(intervalMs) {
      const cancels = new Map<string, () => void>();
      const probeAfter = (component: Component, ms: number) => {
        const { name } = component;
        const run = async () => {
          const startedAt = deps.monotonicMs();
          await probe(component);
          if (!cancels.has(name)) return;
          const pause = stateOf(name).failures === 0 ? intervalMs : intervalMs / 2;
          probeAfter(component, Math.max(0, startedAt + pause - deps.monotonicMs()));
        };
        cancels.set(
          name,
          after(ms, () => void run()),
        );
      };
      for (const component of components) {
        if (component.probe !== null) probeAfter(component, intervalMs);
      }
      return () => {
        for (const cancel of cancels.values()) cancel();
        cancels.clear();
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

function runProbe(name: string, probe: Probe, hanging: Set<string>) {
  if (hanging.has(name)) throw new ProbeTimeout(probe.deadlineMs);
  const controller = new AbortController();
  const running = probe.run(controller.signal);
  hanging.add(name);
  void running.catch(() => undefined).then(() => hanging.delete(name));
  return withTimeout(running, probe.deadlineMs, () => {
    const timeout = new ProbeTimeout(probe.deadlineMs);
    controller.abort(timeout);
    return timeout;
  });
}

function hintOf(probe: Probe | null, error: unknown): string | null {
  return refusalOf(error)?.fix ?? probe?.hint ?? null;
}

/** What is not typed by the owner of a connection says nothing of one. */
function failureReason(error: unknown): FailureReason {
  if (error instanceof ProbeTimeout) return 'timeout';
  const kind = findCause(error, DependencyError)?.kind;
  if (kind === 'timeout') return 'timeout';
  return kind === 'unavailable' ? 'refused' : 'error';
}

/** A sentence for a status page: no address, no SQL. */
function describe(error: unknown, reason: FailureReason): string {
  if (error instanceof ProbeTimeout) return error.message;
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refusal.reason;
  if (reason === 'timeout') return 'no answer in time';
  return reason === 'refused' ? 'connection refused or lost' : 'the probe failed';
}
