import assert from 'node:assert/strict';
import { createTrust, HEARTBEAT_MS, STALENESS_MS } from '#src/resilience/cache/trust.ts';
import { recorded } from './rig.ts';
import { virtualClock } from './virtual-clock.ts';

function rig() {
  const clock = virtualClock();
  const { events, count } = recorded();
  const trust = createTrust({ clock, events });
  const at = (number: number, epoch = 'one') => ({ epoch, number });
  return { clock, trust, at, gaps: () => count('busGap') };
}

/** Connected, and asked where Redis is. */
async function connected() {
  const parts = rig();
  parts.trust.connected(true);
  parts.trust.polled(parts.at(5), parts.clock.nowMs());
  await parts.clock.advance(1);
  return { ...parts, entry: parts.clock.nowMs() };
}

describe('trust', () => {
  it('is in nothing before the bus is heard and Redis was asked', () => {
    const { clock, trust, at } = rig();
    const now = clock.nowMs();
    assert.equal(trust.trusted(now), false);
    trust.polled(at(1), now);
    assert.equal(trust.trusted(now), false, 'without the bus');
    trust.connected(true);
    assert.equal(trust.trusted(now), false);
    trust.polled(at(1), now);
    assert.equal(trust.trusted(now), true);
  });

  it('lasts while the bus brings everything, to 30 s for one entry', async () => {
    const { clock, trust, at, entry, gaps } = await connected();
    for (let number = 6; number < 11; number++) {
      trust.heard(at(number));
      await clock.advance(HEARTBEAT_MS);
      trust.polled(at(number), clock.nowMs());
      assert.equal(trust.trusted(entry), true);
    }
    await clock.advance(HEARTBEAT_MS);
    trust.polled(at(10), clock.nowMs());
    assert.equal(trust.trusted(entry), false);
    assert.equal(trust.trusted(clock.nowMs()), true);
    assert.equal(gaps(), 0);
  });

  it('ends with silence after two heartbeats', async () => {
    const { clock, trust, entry } = await connected();
    await clock.advance(STALENESS_MS - 10);
    assert.equal(trust.trusted(entry), true);
    await clock.advance(20);
    assert.equal(trust.trusted(entry), false);
    assert.equal(trust.tolerable(entry), false);
  });

  it('ends for what is held at a gap, a new epoch, a lost and a new connection', async () => {
    for (const [happens, expected] of [
      [({ trust, at }: ReturnType<typeof rig>) => trust.heard(at(7)), 1],
      [({ trust, at }: ReturnType<typeof rig>) => trust.heard(at(6, 'two')), 1],
      [({ trust }: ReturnType<typeof rig>) => trust.connected(false), 0],
      [({ trust }: ReturnType<typeof rig>) => trust.connected(true), 0],
    ] as const) {
      const parts = await connected();
      await parts.clock.advance(1);
      happens(parts);
      assert.equal(parts.trust.trusted(parts.entry), false);
      assert.equal(parts.trust.tolerable(parts.entry), true, 'without Redis it may still do');
      assert.equal(parts.gaps(), expected);
    }
  });

  it('takes what comes late or twice for no gap', async () => {
    const { trust, at, entry, gaps } = await connected();
    for (const number of [5, 6, 6, 3, 7]) trust.heard(at(number));
    assert.equal(trust.trusted(entry), true);
    assert.equal(gaps(), 0);
  });

  it('waits for what Redis has and the bus has not brought yet, for one heartbeat', async () => {
    const { clock, trust, at, entry, gaps } = await connected();
    trust.polled(at(6), clock.nowMs());
    assert.deepEqual([trust.trusted(entry), gaps()], [true, 0]);
    trust.heard(at(6));
    await clock.advance(HEARTBEAT_MS);
    trust.polled(at(7), clock.nowMs());
    await clock.advance(HEARTBEAT_MS - 100);
    trust.polled(at(7), clock.nowMs());
    assert.equal(trust.trusted(entry), false);
    assert.equal(gaps(), 1);
    assert.equal(trust.trusted(clock.nowMs()), true, 'what is confirmed since');
  });

  it('notices that Redis has forgotten', async () => {
    const { clock, trust, at, entry, gaps } = await connected();
    trust.heard(at(6));
    await clock.advance(10);
    trust.polled(at(2), clock.nowMs());
    assert.equal(trust.trusted(entry), false);
    assert.equal(gaps(), 1);
  });

  it('does not take an answer that the bus overtook for one', async () => {
    const { clock, trust, at, entry, gaps } = await connected();
    const sentAt = clock.nowMs();
    await clock.advance(10);
    trust.heard(at(6));
    trust.polled(at(5), sentAt);
    assert.equal(trust.trusted(entry), true);
    assert.equal(gaps(), 0);
  });
});
