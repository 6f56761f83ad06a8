/** The breaker against a second one that is written to be obvious: lists, no cleverness. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Call } from '#src/resilience/circuit-breaker/call.ts';
import { fakeBreaker } from './fake-breaker.ts';

const options = {
  failuresInRow: 3,
  failureRatio: 0.5,
  minimumCalls: 4,
  windowMs: 10_000,
  slowCallMs: 700,
  openMs: 1000,
  maxOpenMs: 3000,
  stableMs: 8000,
  permits: 2,
  successesToClose: 2,
  halfOpenMaxMs: 500,
};
const RANDOM = 0.5;

interface ModelCall {
  epoch: number;
  startedAt: number;
  isProbe: boolean;
  isCounted: boolean;
}

class Model {
  now = 1_000_000;
  state = 'closed';
  since = this.now;
  epoch = 0;
  until = 0;
  counted: { at: number; failed: boolean }[] = [];
  row: { at: number }[] = [];
  running: ModelCall[] = [];
  successes = 0;
  openings = 0;

  become(state: string): void {
    this.state = state;
    this.epoch += 1;
    this.since = this.now;
    this.running = [];
    this.row = [];
    this.successes = 0;
    if (state === 'closed') this.counted = [];
  }

  open(): void {
    const calm = this.state === 'closed' && this.now - this.since >= options.stableMs;
    this.openings = calm ? 0 : this.openings;
    const ceiling = Math.min(options.maxOpenMs, options.openMs * 2 ** this.openings);
    this.openings += 1;
    this.become('open');
    this.until = this.now + options.openMs + RANDOM * (ceiling - options.openMs);
  }

  inWindow() {
    const slot = (at: number) => Math.floor(at / (options.windowMs / 20));
    return this.counted.filter(({ at }) => slot(this.now) - slot(at) < 20);
  }

  failed(): void {
    this.counted.push({ at: this.now, failed: true });
    const last = this.row.at(-1)?.at ?? this.since;
    if (this.now - last > options.stableMs) this.row = [];
    this.row.push({ at: this.now });
    const calls = this.inWindow();
    const share = calls.filter(({ failed }) => failed).length / calls.length;
    if (this.row.length >= options.failuresInRow) this.open();
    else if (calls.length >= options.minimumCalls && share >= options.failureRatio) this.open();
  }

  step(): void {
    if (this.state === 'open' && this.now >= this.until) this.become('half_open');
    else if (/forced_open|disabled/.test(this.state) && this.now >= this.until) {
      this.openings = 0;
      this.become('closed');
    } else if (this.state === 'half_open') {
      const hung = this.running.find((c) => this.now - c.startedAt >= options.halfOpenMaxMs);
      if (hung !== undefined) {
        hung.isCounted = true;
        this.open();
      }
    } else if (this.state === 'closed') {
      for (const call of this.running) {
        if (this.state !== 'closed' || this.now - call.startedAt <= options.slowCallMs) break;
        call.isCounted = true;
        this.running = this.running.filter((other) => other !== call);
        this.failed();
      }
    }
  }

  begin(): ModelCall | null {
    this.step();
    const isProbe = this.state === 'half_open';
    const full = isProbe && this.running.length >= options.permits;
    if (full || this.state === 'open' || this.state === 'forced_open') return null;
    const call = { epoch: this.epoch, startedAt: this.now, isProbe, isCounted: false };
    this.running.push(call);
    return call;
  }

  end(call: ModelCall, verdict: 'success' | 'failure' | 'timeout' | 'ignored'): void {
    this.step();
    this.running = this.running.filter((other) => other !== call);
    if (call.isCounted || call.epoch !== this.epoch || verdict === 'ignored') return;
    if (this.state === 'half_open') {
      if (verdict !== 'success') this.open();
      else if ((this.successes += 1) === options.successesToClose) this.become('closed');
    } else if (this.state === 'closed') {
      if (verdict !== 'success') return this.failed();
      this.counted.push({ at: this.now, failed: false });
      this.row = [];
    }
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(50),
      verdict: fc.constantFrom('success', 'success', 'failure', 'timeout', 'ignored'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.nat(300), fc.nat(1500), fc.constantFrom(500, 700, 1000, 3000, 12_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('forced_open' as const, 'disabled' as const, 'release' as const),
      ms: fc.nat({ max: 4000 }),
    }),
  },
);

describe('circuit breaker and its model', () => {
  it('do the same whatever happens in whatever order', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const { breaker, clock, counts, changes } = fakeBreaker(options, {}, () => RANDOM);
        const model = new Model();
        const calls: { real: Call; model: ModelCall }[] = [];
        let begun = 0;
        for (const action of steps) {
          if (action.do === 'pass') {
            clock.pass(action.ms);
            model.now += action.ms;
          } else if (action.do === 'begin') {
            const expected = model.begin();
            let real: Call | null = null;
            begun += 1;
            try {
              real = breaker.admit();
              real.begin();
            } catch (error) {
              assert.equal((error as { code?: string }).code, 'CIRCUIT_OPEN');
              assert.ok((error as { retryAfterMs: number }).retryAfterMs >= 1);
            }
            assert.equal(real === null, expected === null);
            if (real !== null && expected !== null) calls.push({ real, model: expected });
          } else if (action.do === 'end') {
            const [call] = calls.splice(action.which % Math.max(1, calls.length), 1);
            if (call === undefined) continue;
            model.end(call.model, action.verdict);
            call.real.end(action.verdict);
            call.real.end('failure');
          } else if (action.do === 'look') {
            model.step();
            assert.equal(breaker.status().state, model.state);
            assert.equal(breaker.status().calls, model.inWindow().length);
          } else if (action.do === 'release') {
            if (/forced_open|disabled/.test(model.state)) model.become('closed');
            breaker.release();
          } else {
            model.openings = 0;
            model.become(action.do);
            model.until = model.now + action.ms;
            breaker.force(action.do, action.ms, 'test');
          }
        }
        model.step();
        assert.equal(breaker.status().state, model.state);
        calls.forEach(({ real }) => real.ignore());
        const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
        assert.equal(total, begun, 'each call is counted once');
        for (const { from, to, reason } of changes) seen.add(`${from} ${to} ${reason}`);
      }),
      { numRuns: 3000 },
    );
    // The property says nothing of what it never reached.
    for (const change of [
      'closed open failures_in_row',
      'closed open failure_ratio',
      'open half_open open_time_over',
      'half_open open probe_failed',
      'half_open open probe_hung',
      'half_open closed probes_succeeded',
    ]) {
      assert.ok(seen.has(change), change);
    }
  });
});
