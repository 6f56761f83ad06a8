import assert from 'node:assert/strict';
import { createChannel, type Handlers, type Wire } from '#src/cluster/channel.ts';
import { LateAnswer } from '#src/errors.ts';

/** Two ends; `sent` has what went from each, as one message of the system. */
function ends() {
  const listeners: ((message: unknown) => void)[] = [];
  const sent: unknown[][] = [[], []];
  const wire = (own: 0 | 1): Wire => ({
    send(message) {
      sent[own]?.push(message);
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => listeners[1 - own]?.(copy));
    },
    listen: (listener) => void (listeners[own] = listener),
  });
  return { a: wire(0), b: wire(1), sent };
}

function pair(handlers: Handlers, withinMs = 10_000) {
  const { a, b, sent } = ends();
  createChannel(b, handlers);
  return { asks: createChannel(a, {}, withinMs), sent };
}

describe('a channel between two processes', () => {
  it('answers each question with its own answer, in whatever order they come', async () => {
    const held = Promise.withResolvers<string>();
    const { asks } = pair({ slow: () => held.promise, quick: (n: number) => n * 2 });
    const slow = asks.ask('slow');
    assert.deepEqual(await Promise.all([asks.ask('quick', 1), asks.ask('quick', 2)]), [2, 4]);
    held.resolve('at last');
    assert.equal(await slow, 'at last');
  });

  it('sends what is asked and answered in one turn as one message', async () => {
    const { asks, sent } = pair({ echo: (n: number) => n });
    await Promise.all(Array.from({ length: 100 }, (_, n) => asks.ask('echo', n)));
    assert.deepEqual(
      sent.map((messages) => messages.length),
      [1, 1],
    );
  });

  it('keeps numbers that JSON has no form for', async () => {
    const { asks } = pair({ echo: (n: number) => n });
    assert.equal(await asks.ask('echo', Infinity), Infinity);
  });

  it('tells who asked that the handler threw, or that there is none', async () => {
    const { asks } = pair({
      broken: () => {
        throw new Error('No room.');
      },
    });
    await assert.rejects(asks.ask('broken'), { message: 'No room.' });
    await assert.rejects(asks.ask('unknown'), { message: 'Nobody answers unknown.' });
  });

  it('gives a question up when nothing is said in time, and takes no late answer for another’s', async () => {
    const held = Promise.withResolvers<string>();
    const { asks } = pair({ slow: () => held.promise, quick: () => 'quick' }, 20);
    await assert.rejects(asks.ask('slow'), LateAnswer);
    held.resolve('late');
    assert.equal(await asks.ask('quick'), 'quick');
  });

  it('gives all questions up when the other process ends, and asks no more', async () => {
    const { asks } = pair({ slow: () => new Promise(() => undefined) });
    const asked = [asks.ask('slow'), asks.ask('slow')];
    asks.close();
    for (const question of [...asked, asks.ask('slow')]) await assert.rejects(question, LateAnswer);
  });

  it('lets only so many wait', async () => {
    const { asks } = pair({ slow: () => new Promise(() => undefined) });
    const asked = Array.from({ length: 10_001 }, () => asks.ask('slow'));
    const settled = Promise.allSettled(asked);
    await assert.rejects(asked[10_000] as Promise<unknown>, LateAnswer);
    asks.close();
    assert.ok((await settled).every(({ status }) => status === 'rejected'));
  });
});
