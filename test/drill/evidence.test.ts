/** The judge of a drill: what is not as expected is said, each thing for itself. */
import assert from 'node:assert/strict';
import { judge, type Evidence, type Expectation, type Told } from './evidence.ts';
import { incidents } from './incidents.ts';

const expected: Expectation = {
  receiver: 'pager',
  reason: 'Nobody is served.',
  withinS: 120,
  resolvedWithinS: 60,
  says: /database has failed/,
  causes: ['postgres'],
};

const page: Told = {
  atS: 90,
  receiver: 'pager',
  status: 'firing',
  cause: 'postgres',
  texts: ['ComponentDown: The health probe of database has failed.'],
};
const resolved: Told = { ...page, atS: 270, status: 'resolved' };
const pulse: Told = { ...page, receiver: 'dead-man', cause: 'monitoring', texts: ['Watchdog: on'] };

const good: Evidence = {
  incident: 'database-down',
  detectedS: 60,
  endedS: 240,
  told: [pulse, page, pulse, resolved, { ...pulse, atS: 500 }],
  steps: [{ what: 'runbook', found: 'prometheus/runbooks/ComponentDown.md' }],
  clicks: 3,
  commands: null,
};

const failuresOf = (change: Partial<Evidence>) => judge({ ...good, ...change }, expected).failures;

describe('the judge of a drill', () => {
  it('finds nothing wrong with one page in time, and counts', () => {
    assert.deepEqual(judge(good, expected), {
      incident: 'database-down',
      detectedS: 60,
      toldS: 90,
      pages: 1,
      tickets: 0,
      resolvedAfterS: 30,
      falseAlerts: 0,
      deadEnds: 0,
      failures: [],
    });
  });

  const faults: [string, Partial<Evidence>, RegExp][] = [
    [
      'a page that does not say the cause',
      { told: [{ ...page, texts: ['ComponentDown: Something is down.'] }, resolved] },
      /^no pager was told the cause/,
    ],
    [
      'a late page',
      { told: [{ ...page, atS: 121 }, resolved] },
      /^told after 121 s, later than 120 s$/,
    ],
    [
      'a second page',
      { told: [page, { ...page, atS: 150 }, resolved] },
      /^2 pages and 0 tickets instead of 1 and 0$/,
    ],
    [
      'a ticket beside the page',
      { told: [page, { ...page, receiver: 'ticket' }, resolved] },
      /^1 pages and 1 tickets instead/,
    ],
    [
      'a page about something else',
      { told: [page, { ...page, cause: 'runtime', texts: ['GcPressure: …'] }, resolved] },
      /^false: 90 s, pager: GcPressure/,
    ],
    ['a page before the fault', { told: [{ ...page, atS: -5 }, page, resolved] }, /^false: -5 s/],
    [
      'a page about what is over',
      { told: [page, resolved, { ...page, atS: 900 }] },
      /^false: 900 s, pager/,
    ],
    ['no end', { told: [page] }, /^never resolved$/],
    [
      'a late end',
      { told: [page, { ...resolved, atS: 301 }] },
      /^resolved 61 s after its end, later than 60 s$/,
    ],
    [
      'an end before the end',
      { told: [page, { ...resolved, atS: 200 }] },
      /^resolved 40 s before its end$/,
    ],
    [
      'a dead end',
      { steps: [{ what: 'panel', command: '/d/api-health', found: null }] },
      /^dead end: panel \(\/d\/api-health\)$/,
    ],
    ['too long a way', { clicks: 4, commands: 3 }, /^the cause is 4 clicks and 3 commands away$/],
    ['no way', { clicks: null }, /^the cause is no clicks and no commands away$/],
  ];
  for (const [name, change, says] of faults) {
    it(`fails on ${name}`, () => {
      const failures = failuresOf(change);
      assert.equal(failures.length, 1, failures.join('; '));
      assert.match(failures[0] ?? '', says);
    });
  }

  it('fails on no page', () => {
    assert.deepEqual(failuresOf({ told: [pulse] }), [
      'no pager was told the cause: /database has failed/',
      '0 pages and 0 tickets instead of 1 and 0',
    ]);
  });

  it('takes two commands for a way as well as three clicks', () => {
    assert.deepEqual(failuresOf({ clicks: null, commands: 2 }), []);
    assert.deepEqual(failuresOf({ clicks: 3, commands: 9 }), []);
  });
});

describe('the incidents of a drill', () => {
  it('expect a page within two minutes and its end within one, at 15 s', () => {
    const pages = incidents(15).filter(({ expects }) => expects.receiver === 'pager');
    assert.deepEqual(
      pages.map(({ name, expects }) => [name, expects.withinS, expects.resolvedWithinS]),
      [
        ['database-down', 120, 60],
        ['database-slow', 120, 60],
        ['table-renamed', 120, 60],
      ],
    );
  });

  it('give two more scrapes where those are rarer', () => {
    const [often, seldom] = [incidents(15), incidents(60)];
    for (const [index, { expects }] of seldom.entries()) {
      assert.equal(expects.withinS, (often[index]?.expects.withinS ?? 0) + 90);
      assert.equal(expects.resolvedWithinS, (often[index]?.expects.resolvedWithinS ?? 0) + 90);
    }
  });
});
