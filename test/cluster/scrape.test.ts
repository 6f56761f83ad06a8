import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createScrape } from '#src/cluster/scrape.ts';
import type { Family } from '#telemetry/exposition.ts';

interface Fake {
  count: number;
  gauge: number;
  isServing: boolean;
  ask: () => Promise<Family[]>;
}

const familiesOf = (count: number, gauge: number): Family[] => [
  {
    name: 'n',
    type: 'counter',
    help: 'x',
    samples: [{ suffix: '_total', labels: {}, value: count }],
  },
  {
    name: 'ready',
    type: 'gauge',
    help: 'x',
    combine: 'min',
    samples: [{ suffix: '', labels: {}, value: gauge }],
  },
];

function fake(changes: Partial<Fake> = {}): Fake {
  const made: Fake = {
    count: 0,
    gauge: 1,
    isServing: true,
    ask: () => Promise.resolve(familiesOf(made.count, made.gauge)),
    ...changes,
  };
  return made;
}

function setUp() {
  const state = { failed: 0 };
  const scrape = createScrape<Fake>({
    own: () => Promise.resolve([]),
    ask: ({ ask }) => ask(),
    isServing: ({ isServing }) => isServing,
    failed: () => (state.failed += 1),
  });
  const values = async () => {
    const families = await scrape.collect();
    const of = (name: string) => families.find((one) => one.name === name)?.samples[0]?.value;
    return { n: of('n'), ready: of('ready') };
  };
  return { scrape, state, values };
}

describe('the scrape of several processes', () => {
  it('sums what they count, and keeps what one had said when it ended', async () => {
    const { scrape, values } = setUp();
    const [a, b] = [fake({ count: 3 }), fake({ count: 4 })];
    for (const one of [a, b]) scrape.began(one);
    assert.equal((await values()).n, 7);
    a.count = 5;
    scrape.said(a, familiesOf(6, 0));
    scrape.ended(a);
    assert.deepEqual(await values(), { n: 10, ready: 1 });
  });

  it('lets one that does not answer stand as it was, and says so', async () => {
    const { scrape, state, values } = setUp();
    const [a, b] = [fake({ count: 3 }), fake({ count: 4 })];
    for (const one of [a, b]) scrape.began(one);
    await values();
    a.ask = () => Promise.reject(new Error('late'));
    b.count = 5;
    assert.equal((await values()).n, 8);
    assert.equal(state.failed, 1);
  });

  it('counts one once that ends while it is asked', async () => {
    const { scrape, state, values } = setUp();
    const a = fake({ count: 3 });
    scrape.began(a);
    await values();
    const held = Promise.withResolvers<Family[]>();
    a.ask = () => held.promise;
    const scraping = values();
    scrape.ended(a);
    held.resolve(familiesOf(9, 1));
    assert.equal((await scraping).n, 3);
    assert.equal((await values()).n, 3);
    assert.equal(state.failed, 0);
  });

  it('shows gauges of those that serve, and of one that starts only while nobody does', async () => {
    const { scrape, values } = setUp();
    const [a, b] = [fake({ isServing: false, gauge: 0 }), fake()];
    scrape.began(a);
    assert.equal((await values()).ready, 0);
    scrape.began(b);
    assert.equal((await values()).ready, 1);
  });

  it('never lets a counter fall, whatever processes come, count, end and do not answer', async () => {
    const step = fc.oneof(
      fc.constant({ do: 'begin' as const }),
      fc.record({ do: fc.constant('count' as const), at: fc.nat(3), by: fc.nat(5) }),
      fc.record({ do: fc.constant('end' as const), at: fc.nat(3), told: fc.boolean() }),
      fc.record({ do: fc.constant('mute' as const), at: fc.nat(3) }),
      fc.constant({ do: 'scrape' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { scrape, values } = setUp();
        const running: Fake[] = [];
        let shown = 0;
        let all = 0;
        for (const one of steps) {
          const at = 'at' in one ? running[one.at % Math.max(1, running.length)] : undefined;
          if (one.do === 'begin') {
            running.push(fake());
            scrape.began(running.at(-1) as Fake);
          } else if (one.do === 'scrape') {
            const { n = 0 } = await values();
            assert.ok(n >= shown && n <= all);
            shown = n;
          } else if (at !== undefined && one.do === 'count') {
            at.count += one.by;
            all += one.by;
          } else if (at !== undefined && one.do === 'mute') {
            at.ask = () => Promise.reject(new Error('late'));
          } else if (at !== undefined && one.do === 'end') {
            if (one.told) scrape.said(at, familiesOf(at.count, 0));
            scrape.ended(at);
            running.splice(running.indexOf(at), 1);
          }
        }
      }),
    );
  });
});
