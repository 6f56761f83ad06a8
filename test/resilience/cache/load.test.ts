import assert from 'node:assert/strict';
import { createGate } from '#src/resilience/cache/load.ts';

describe('the gate before loads without Redis', () => {
  const forever = new AbortController().signal;

  it('lets who is aborted in the queue go at once, with the place, and keeps the order of the others', async () => {
    const gate = createGate(1);
    const first = Promise.withResolvers<void>();
    const ran: string[] = [];
    const running = gate(() => first.promise, forever);
    const callers = Array.from({ length: 1000 }, () => new AbortController());
    const queued = callers.map(({ signal }) =>
      gate(() => Promise.resolve(ran.push('gone')), signal),
    );
    await assert.rejects(
      gate(() => Promise.resolve(), forever),
      { code: 'SERVICE_UNAVAILABLE' },
    );
    for (const caller of callers) caller.abort(new Error('left'));
    // Though the first one still runs.
    for (const one of queued) await assert.rejects(one, /left/);
    const later = ['a', 'b'].map((name) => gate(() => Promise.resolve(ran.push(name)), forever));
    await assert.rejects(
      gate(() => Promise.resolve(), AbortSignal.abort(new Error('left'))),
      /left/,
    );
    first.resolve();
    await Promise.all([running, ...later]);
    assert.deepEqual(ran, ['a', 'b']);
  });
});
