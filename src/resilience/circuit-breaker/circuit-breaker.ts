/**
 * A circuit breaker: while a dependency fails, calls to it are refused at once instead of being made,
 * so that it can recover and nobody waits for it.
 *
 * States: closed (calls run and are counted) → open (all are refused, with the time of the next probe)
 * → half-open (at most `permits` run, the others are refused) → closed or open again. An operator may
 * force it open or disable it, for a time. Where the dependency can be asked (`askWith`), it is asked
 * in the background before it is half-open: no caller waits in vain to find out that it is still dead.
 * While it is half-open it is also asked whenever the status is read: without traffic it closes by that.
 *
 * Guarantees:
 * - A result counts only in the state in which its call began: no late failure opens, no late success closes.
 * - Nobody waits: a call runs now or is refused now, with `retryAfterMs`.
 * - A call that takes longer than `slowCallMs` fails while it runs, a probe after `halfOpenMaxMs`.
 * - A busy process blames nobody: a call is old only by what the event loop had read (`heard`), so calls
 *   issued and answered in one long turn are successes. Time that the process did not run (see
 *   RunningClock) makes no call slow and no failure count.
 * - With `silencesInRow`, calls that found no answer open it only when others that began after the first
 *   of them was given up found none either: one late reply, or a turn full of them, opens nothing.
 * - A refusal's `cause` is the error that opened the breaker, or what it was answered since when it asked.
 * - What the call gave or threw comes back untouched. A listener or classifier that throws changes nothing.
 * - No timers: transitions are computed when a call begins or ends and when the state is read. Memory
 *   grows with the calls that run at the moment and with nothing else.
 *
 * It fails towards letting calls through: whatever it does not understand as a fault of the
 * dependency never counts.
 */
import { CircuitOpenError, type Dependency } from '../../errors.ts';
import { askInBackground, outcomeOf, Call, type CallOwner } from './call.ts';
import {
  completeOptions,
  type BreakerPolicy,
  type CircuitBreakerDeps,
  type CircuitBreakerOptions,
  type ExecuteOptions,
} from './circuit-breaker-options.ts';
import type { CircuitBreakerStatus } from './circuit-breaker-status.ts';
import { harmless, type CircuitBreakerEvents } from './circuit-breaker-events.ts';
import { isForced, type Outcome, type State } from './circuit-state.ts';
import type { RunningCalls, Running } from './running-calls.ts';
import type { RunningClock } from './running-clock.ts';
import { StateMachine } from './state-machine.ts';
import type { Verdict } from './verdict.ts';

export class CircuitBreaker implements CallOwner {
  readonly name: string;
  readonly dependency: Dependency;
  readonly options: CircuitBreakerOptions;
  readonly #clock: RunningClock;
  readonly #events: Required<CircuitBreakerEvents>;
  readonly #machine: StateMachine;
  #ask: (() => Promise<unknown>) | null = null;

  /** @throws {RangeError} when an option makes no sense */
  constructor(policy: BreakerPolicy, deps: CircuitBreakerDeps) {
    this.name = policy.name;
    this.dependency = policy.dependency;
    this.options = completeOptions(policy);
    this.#clock = deps.clock;
    this.#events = harmless(deps.events ?? {});
    this.#machine = new StateMachine(this.name, this.options, { ...deps, events: this.#events });
  }

  /** @param ask whether the dependency answers; it is to give up by itself, in about `openMs` */
  askWith(ask: () => Promise<unknown>): void {
    this.#ask = ask;
  }

  /**
   * Makes the call, or refuses it. Bound, so that it can be handed on as a plain function.
   *
   * @throws {CircuitOpenError} when it is refused; else whatever `work` throws
   */
  readonly execute = async <T>(
    work: () => Promise<T> | T,
    options?: ExecuteOptions,
  ): Promise<T> => {
    const caller = options?.signal;
    caller?.throwIfAborted();
    const now = this.#clock.now();
    const call = this.#admit(now);
    this.#begin(call, now);
    let value: T;
    try {
      value = await work();
    } catch (error) {
      if (caller?.aborted === true) call.ignore();
      else call.fail(error);
      throw error;
    }
    call.succeed();
    return value;
  };

  /**
   * Lets one call through; whoever takes it ends it, whatever happens.
   * @throws {CircuitOpenError}
   */
  admit(): Call {
    return this.#admit(this.#clock.now());
  }

  #admit(now: number): Call {
    const state = this.#advance(now);
    if (state.kind === 'open' || state.kind === 'forced_open')
      throw this.#refuse(state.until - now);
    if (state.kind !== 'half_open') return new Call(this, state, false);
    if (state.free === 0) {
      const oldest = state.running.oldest?.startedAt ?? now;
      throw this.#refuse(oldest + this.#probeMs() - now);
    }
    state.free -= 1;
    const probe = new Call(this, state, true);
    // The time of a probe runs from here: a permit is not for waiting.
    this.#start(probe, state.running, now);
    return probe;
  }

  /** A call that is made in any state, such as the next one of a transaction; it counts while closed. */
  observe(): Call {
    return new Call(this, this.#advance(this.#clock.now()), false);
  }

  begin(call: Call): void {
    this.#begin(call, this.#clock.now());
  }

  #begin(call: Call, now: number): void {
    call.begun = true;
    if (call.list !== null) return;
    this.#start(call, call.state.kind === 'closed' ? call.state.running : null, now);
  }

  #start(call: Call, list: RunningCalls | null, now: number): void {
    call.startedAt = now;
    call.lostBefore = this.#clock.lost();
    list?.add(call);
  }

  end(call: Call, verdict: Verdict, error?: unknown): void {
    if (call.ended) return;
    call.ended = true;
    const now = this.#clock.now();
    const state = this.#advance(now);
    call.list?.remove(call);
    const outcome = outcomeOf(call, verdict, state, this.#clock.lost());
    if (!call.isSlow) this.#count(outcome);
    if (call.begun) this.#events.ended(this.name, outcome, now - call.startedAt);
    if (!call.isSlow) this.#machine.learn(call, { outcome, verdict, error }, now);
  }

  /** Does what time alone brings about. */
  #advance(now: number): State {
    const { state } = this.#machine;
    if (state.kind === 'closed') {
      if (state.running.oldest !== null) this.#findSlow(state, now);
    } else if (state.kind === 'half_open') this.#findHungProbe(state, now);
    else if (now >= state.until) {
      if (state.kind === 'open') this.#endOpen(state, now);
      else this.#machine.close('released', now);
    }
    return this.#machine.state;
  }

  #findSlow(state: State & { kind: 'closed' }, now: number): void {
    for (let call = state.running.oldest; call !== null; call = state.running.oldest) {
      const { slowCallMs } = this.options;
      // The cheaper one first: most calls are young.
      if (now - call.startedAt <= slowCallMs) return;
      if (this.#clock.heard() - call.startedAt <= slowCallMs) return;
      this.#markSlow(call);
      this.#machine.fail(state, call, { outcome: 'slow', error: undefined }, now);
      if (this.#machine.state !== state) return;
    }
  }

  #findHungProbe(state: State & { kind: 'half_open' }, now: number): void {
    const { oldest } = state.running;
    if (oldest === null || now - oldest.startedAt < this.#probeMs()) return;
    if (this.#clock.heard() - oldest.startedAt < this.#probeMs()) return;
    this.#markSlow(oldest);
    this.#machine.open('probe_hung', now, undefined);
  }

  #markSlow(call: Running): void {
    call.list?.remove(call);
    call.isSlow = true;
    this.#count('slow');
  }

  #probeMs(): number {
    return Math.min(this.options.halfOpenMaxMs, this.options.slowCallMs);
  }

  #endOpen(state: State & { kind: 'open' }, now: number): void {
    if (this.#ask === null || state.hasAnswered) {
      return this.#machine.halfOpen();
    }
    this.#machine.stayOpen(state, now);
    this.#askFor(new Call(this, state, true), this.#ask, now);
  }

  /** Without a permit, which is for callers. */
  #askHalfOpen(state: State & { kind: 'half_open' }, now: number): void {
    if (this.#ask === null || state.asking !== null) return;
    const call = new Call(this, state, true);
    state.asking = call;
    this.#askFor(call, this.#ask, now);
  }

  #askFor(call: Call, ask: () => Promise<unknown>, now: number): void {
    this.#begin(call, now);
    askInBackground(ask, call);
  }

  /** An operator's decision; it ends by itself, and then the breaker starts afresh, closed. */
  force(kind: 'forced_open' | 'disabled', ttlMs: number, reason: string): void {
    this.#machine.force(kind, this.#clock.now() + ttlMs, reason);
  }

  /**
   * Somebody who asks the dependency by himself found, again and again, that it does not answer: what is
   * closed opens, without a caller having to wait for the same, and is asked at once, so that what waits
   * in vain is given up. Also takes the steps that are due.
   */
  foundDown(error: unknown): void {
    const now = this.#clock.now();
    if (this.#advance(now).kind !== 'closed') return;
    this.#machine.open('failures_in_row', now, error);
    if (this.#ask !== null) this.#askFor(new Call(this, this.#machine.state, true), this.#ask, now);
  }

  /** Ends an operator's decision; nothing else. */
  release(): void {
    if (isForced(this.#machine.state)) this.#machine.close('released', this.#clock.now());
  }

  #refuse(retryAfterMs: number): CircuitOpenError {
    this.#count('rejected');
    return new CircuitOpenError(this.name, this.dependency, retryAfterMs, this.#machine.cause);
  }

  /** What cannot be judged says nothing. */
  judgeError(error: unknown): Verdict {
    try {
      return this.options.classify(error);
    } catch {
      return 'ignored';
    }
  }

  #count(outcome: Outcome): void {
    this.#events.counted(this.name, outcome);
  }

  /** Also takes the steps that are due, and asks while half-open; whoever reads regularly keeps an idle breaker up to date. */
  status(): CircuitBreakerStatus {
    const now = this.#clock.now();
    const state = this.#advance(now);
    if (state.kind === 'half_open') this.#askHalfOpen(state, now);
    return this.#machine.describe(now);
  }
}
