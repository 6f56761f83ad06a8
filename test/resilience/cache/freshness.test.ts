import assert from 'node:assert/strict';
import { createFreshness, HEARTBEAT_MS, STALENESS_MS } from '#src/resilience/cache/freshness.ts';
import { recorded } from './rig.ts';
import { virtualClock } from './virtual-clock.ts';

function rig() {
  const clock = virtualClock();
  const { events, count } = recorded();
  const freshness = createFreshness({ clock, events });
  const at = (number: number, epoch = 'one') => ({ epoch, number });
  return { clock, freshness, at, gaps: () => count('busGap') };
}

/** Connected, and asked where Redis is. */
async function connected() {
  const parts = rig();
  parts.freshness.connected(true);
  parts.freshness.polled(parts.at(5), parts.clock.nowMs());
  await parts.clock.advance(1);
  return { ...parts, entry: parts.clock.nowMs() };
}

describe('freshness', () => {
  it('is false before the bus is connected and Redis was polled', () => {
    const { clock, freshness, at } = rig();
    const now = clock.nowMs();
    assert.equal(freshness.isFresh(now), false);
    freshness.polled(at(1), now);
    assert.equal(freshness.isFresh(now), false, 'without the bus');
    freshness.connected(true);
    assert.equal(freshness.isFresh(now), false);
    freshness.polled(at(1), now);
    assert.equal(freshness.isFresh(now), true);
  });

  it('lasts while the bus has no gap, up to 30 s for one entry', async () => {
    const { clock, freshness, at, entry, gaps } = await connected();
    for (let number = 6; number < 11; number++) {
      freshness.heard(at(number));
      await clock.advance(HEARTBEAT_MS);
      freshness.polled(at(number), clock.nowMs());
      assert.equal(freshness.isFresh(entry), true);
    }
    await clock.advance(HEARTBEAT_MS);
    freshness.polled(at(10), clock.nowMs());
    assert.equal(freshness.isFresh(entry), false);
    assert.equal(freshness.isFresh(clock.nowMs()), true);
    assert.equal(gaps(), 0);
  });

  it('ends after two heartbeats without an answer', async () => {
    const { clock, freshness, entry } = await connected();
    await clock.advance(STALENESS_MS - 10);
    assert.equal(freshness.isFresh(entry), true);
    await clock.advance(20);
    assert.equal(freshness.isFresh(entry), false);
    assert.equal(freshness.isTolerable(entry), false);
  });

  it('ends at a gap, a new epoch, a lost and a new connection', async () => {
    for (const [happens, expected] of [
      [({ freshness, at }: ReturnType<typeof rig>) => freshness.heard(at(7)), 1],
      [({ freshness, at }: ReturnType<typeof rig>) => freshness.heard(at(6, 'two')), 1],
      [({ freshness }: ReturnType<typeof rig>) => freshness.connected(false), 0],
      [({ freshness }: ReturnType<typeof rig>) => freshness.connected(true), 0],
    ] as const) {
      const parts = await connected();
      await parts.clock.advance(1);
      happens(parts);
      assert.equal(parts.freshness.isFresh(parts.entry), false);
      assert.equal(parts.freshness.isTolerable(parts.entry), true, 'without Redis it may still do');
      assert.equal(parts.gaps(), expected);
    }
  });

  it('takes late and repeated messages for no gap', async () => {
    const { freshness, at, entry, gaps } = await connected();
    for (const number of [5, 6, 6, 3, 7]) freshness.heard(at(number));
    assert.equal(freshness.isFresh(entry), true);
    assert.equal(gaps(), 0);
  });

  it('waits one heartbeat for a message that Redis has and the bus has not', async () => {
    const { clock, freshness, at, entry, gaps } = await connected();
    freshness.polled(at(6), clock.nowMs());
    assert.deepEqual([freshness.isFresh(entry), gaps()], [true, 0]);
    freshness.heard(at(6));
    await clock.advance(HEARTBEAT_MS);
    freshness.polled(at(7), clock.nowMs());
    await clock.advance(HEARTBEAT_MS - 100);
    freshness.polled(at(7), clock.nowMs());
    assert.equal(freshness.isFresh(entry), false);
    assert.equal(gaps(), 1);
    assert.equal(freshness.isFresh(clock.nowMs()), true, 'what is confirmed since');
  });

  it('is a gap when Redis has lost its position', async () => {
    const { clock, freshness, at, entry, gaps } = await connected();
    freshness.heard(at(6));
    await clock.advance(10);
    freshness.polled(at(2), clock.nowMs());
    assert.equal(freshness.isFresh(entry), false);
    assert.equal(gaps(), 1);
  });

  it('is no gap when the bus overtook the answer to a poll', async () => {
    const { clock, freshness, at, entry, gaps } = await connected();
    const sentAt = clock.nowMs();
    await clock.advance(10);
    freshness.heard(at(6));
    freshness.polled(at(5), sentAt);
    assert.equal(freshness.isFresh(entry), true);
    assert.equal(gaps(), 0);
  });
});
