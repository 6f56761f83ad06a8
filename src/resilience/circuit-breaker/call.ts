import type { Running, RunningCalls } from './running-calls.ts';
import type { Outcome, State } from './circuit-state.ts';
import type { Verdict } from './verdict.ts';

/** What a call needs of its breaker. */
export interface CallOwner {
  begin(call: Call): void;
  end(call: Call, verdict: Verdict, error?: unknown): void;
  judgeError(error: unknown): Verdict;
}

/**
 * One call that was let through. `execute` uses it; so does whoever cannot put the call into one
 * function. Whatever is told of a call after its end is not heard.
 */
export class Call implements Running {
  startedAt = 0;
  list: RunningCalls | null = null;
  older: Running | null = null;
  younger: Running | null = null;
  /** In which it began; its result counts in no other. */
  readonly state: State;
  /** Holds one of the permits of half-open, or asks while open. */
  readonly isProbe: boolean;
  begun = false;
  ended = false;
  /** Counted while it ran. */
  isSlow = false;
  /** What the clock had lost when it began. */
  lostBefore = 0;
  readonly #owner: CallOwner;

  constructor(owner: CallOwner, state: State, isProbe: boolean) {
    this.#owner = owner;
    this.state = state;
    this.isProbe = isProbe;
  }

  /** Now the dependency has it; what went before (a queue) does not make the call slow. */
  begin(): void {
    if (!this.begun && !this.ended) this.#owner.begin(this);
  }

  succeed(): void {
    this.end('success');
  }

  fail(error: unknown): void {
    this.end(this.ended ? 'ignored' : this.#owner.judgeError(error), error);
  }

  /** Withdrawn: nothing is learnt, and a permit is free again. */
  ignore(): void {
    this.end('ignored');
  }

  end(verdict: Verdict, error?: unknown): void {
    this.#owner.end(this, verdict, error);
  }
}

/** @param state of the breaker now; @param lost by its clock until now */
export function outcomeOf(call: Call, verdict: Verdict, state: State, lost: number): Outcome {
  if (call.isSlow) return 'slow';
  if (verdict === 'ignored') return 'ignored';
  if (call.state !== state) return 'stale';
  if (verdict === 'success') return 'success';
  // The process slept meanwhile: its own timers failed the call, or nobody took the answer.
  if (call.begun && lost > call.lostBefore) return 'ignored';
  return verdict === 'timeout' ? 'timeout' : 'failure';
}

/** Makes the call in the background: nothing that `ask` does comes between its caller and the refusal. */
export function askInBackground(ask: () => Promise<unknown>, call: Call): void {
  void Promise.resolve()
    .then(ask)
    .then(
      () => call.succeed(),
      (error: unknown) => call.fail(error),
    );
}
