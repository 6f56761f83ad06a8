import type { Call } from './call.ts';
import { CallWindow } from './call-window.ts';
import type { CircuitBreakerDeps, CircuitBreakerOptions } from './circuit-breaker-options.ts';
import type { CircuitBreakerEvents } from './circuit-breaker-events.ts';
import { describeState, type CircuitBreakerStatus } from './circuit-breaker-status.ts';
import { closed, halfOpen } from './circuit-state.ts';
import type { Outcome, State, TransitionReason } from './circuit-state.ts';
import { OpenTime } from './open-time.ts';
import type { Running } from './running-calls.ts';
import type { Verdict } from './verdict.ts';

/** How a call ended, or that it is late. */
interface Result {
  outcome: Outcome;
  error: unknown;
}

/** The state of a breaker, and what results do to it: when it opens, closes, and for how long. Times are of the breaker's clock. */
export class StateMachine {
  readonly #name: string;
  readonly #options: CircuitBreakerOptions;
  readonly #events: Required<CircuitBreakerEvents>;
  readonly #now: () => Date;
  readonly #window: CallWindow;
  readonly #openTime: OpenTime;
  #state: State;
  #since: Date;
  #cause: unknown = null;

  constructor(
    name: string,
    options: CircuitBreakerOptions,
    deps: CircuitBreakerDeps & { events: Required<CircuitBreakerEvents> },
  ) {
    this.#name = name;
    this.#options = options;
    this.#events = deps.events;
    this.#now = deps.now;
    this.#window = new CallWindow(options.windowMs);
    this.#openTime = new OpenTime(options, deps.random);
    this.#state = closed(deps.clock.now(), options);
    this.#since = deps.now();
  }

  get state(): State {
    return this.#state;
  }

  /** The error that opened it, or a later one of asking, until it is closed. */
  get cause(): unknown {
    return this.#cause;
  }

  /** What a call that began in this state tells by its end; of those of an earlier one, nothing. */
  learn(call: Call, result: Result & { verdict: Verdict }, now: number): void {
    const state = this.#state;
    if (call.state !== state) return;
    if (state.kind === 'closed') this.#endClosed(state, call, result, now);
    else if (!call.isProbe) return;
    else if (state.kind === 'half_open') this.#endProbe(state, call, result, now);
    else if (state.kind === 'open') this.#endAsking(state, result, now);
  }

  #endClosed(state: State & { kind: 'closed' }, call: Running, result: Result, now: number): void {
    if (result.outcome === 'ignored') return;
    if (result.outcome === 'success') {
      this.#window.add(now, false);
      state.row.clear();
      return;
    }
    this.fail(state, call, result, now);
  }

  /** A call failed, or is late while it runs. */
  fail(
    state: State & { kind: 'closed' },
    call: Running,
    { outcome, error }: Result,
    now: number,
  ): void {
    if (!state.row.add(call.startedAt, outcome !== 'failure', now)) return;
    const { failureRatio, minimumCalls } = this.#options;
    this.#window.add(now, true);
    if (this.#window.failures === 1) this.#events.failing(this.#name, outcome, error);
    if (state.row.isFull) this.open('failures_in_row', now, error);
    else if (this.#window.calls >= minimumCalls && this.#window.failureRatio >= failureRatio) {
      this.open('failure_ratio', now, error);
    }
  }

  #endProbe(
    state: State & { kind: 'half_open' },
    call: Call,
    { outcome, error }: Result,
    now: number,
  ): void {
    if (state.asking === call) state.asking = null;
    else state.free += 1;
    if (outcome === 'ignored') return;
    if (outcome === 'success') {
      state.successes += 1;
      if (state.successes >= this.#options.successesToClose) this.close('probes_succeeded', now);
      return;
    }
    this.open('probe_failed', now, error);
  }

  #endAsking(
    state: State & { kind: 'open' },
    { outcome, verdict, error }: Result & { verdict: Verdict },
    now: number,
  ): void {
    if (outcome === 'failure' || outcome === 'timeout') {
      // Nobody else calls: without these an outage would look like no failures at all.
      this.#window.add(now, true);
      this.#cause = error;
    }
    // An error that is no fault of the dependency is an answer, too.
    if (outcome !== 'success' && verdict !== 'ignored') return;
    state.hasAnswered = true;
    state.until = now;
  }

  open(reason: TransitionReason, now: number, error: unknown): void {
    const state = this.#state;
    if (state.kind === 'closed' && now - state.since >= this.#options.stableMs) {
      this.#openTime.reset();
    }
    const lasts = this.#openTime.next();
    this.#cause = error ?? null;
    this.#become({ kind: 'open', until: now + lasts, hasAnswered: false }, reason, lasts, error);
  }

  /** For another time, since nobody knows yet whether the dependency answers. */
  stayOpen(state: State & { kind: 'open' }, now: number): void {
    state.until = now + this.#openTime.next();
  }

  halfOpen(): void {
    this.#become(halfOpen(this.#options.permits), 'open_time_over');
  }

  close(reason: TransitionReason, now: number): void {
    this.#window.clear();
    this.#cause = null;
    this.#become(closed(now, this.#options), reason);
  }

  /** By an operator. */
  force(kind: 'forced_open' | 'disabled', until: number, reason: string): void {
    this.#openTime.reset();
    this.#cause = null;
    this.#become({ kind, until, reason }, kind === 'disabled' ? kind : 'forced');
  }

  #become(next: State, reason: TransitionReason, openMs: number | null = null, error?: unknown) {
    const from = this.#state.kind;
    this.#state = next;
    this.#since = this.#now();
    const { calls, failureRatio } = this.#window;
    const about = { name: this.#name, from, to: next.kind, reason, failureRatio, calls };
    this.#events.changed({ ...about, openMs, error });
  }

  describe(now: number): CircuitBreakerStatus {
    this.#window.advance(now);
    return describeState({
      state: this.#state,
      since: this.#since,
      window: this.#window,
      cause: this.#cause,
      wall: (time) => new Date(this.#now().getTime() + time - now),
    });
  }
}
