import assert from 'node:assert/strict';

import { ownersCalled } from '#src/engine/submission/receivers.ts';
import { linkTests } from '#src/engine/submission/test-links.ts';
import { testsOf } from '#src/engine/submission/tests-of.ts';
import { fileFacts, functionFacts, testCaseFacts } from '#test/support/facts.ts';

const functions = [
  functionFacts({
    name: 'work',
    calls: [{ name: 'helper', qualifier: null, line: 3, arguments: 0 }],
  }),
  functionFacts({ name: 'helper' }),
];

function verdicts(...changes: Parameters<typeof testCaseFacts>[0][]): string[] {
  const source = fileFacts({ functions });
  const tests = fileFacts({
    path: 'test_work.py',
    role: 'test',
    functions: [],
    tests: changes.map((change) => testCaseFacts(change)),
  });
  const all = source.functions.map((fn) => ({ file: source, fn }));
  return linkTests([source, tests], all).cases.map(({ verdict }) => verdict);
}

describe('linkTests', () => {
  it('ties a test that can fail to the function that it calls', () => {
    assert.deepEqual(verdicts({}), ['counts']);
  });

  it('counts a copy once, and a test with other inputs again', () => {
    assert.deepEqual(verdicts({}, { name: 'again' }, { name: 'other', literals: ['-1'] }), [
      'counts',
      'copy',
      'counts',
    ]);
  });

  it('sees through tests that cannot fail or call nothing of the code', () => {
    assert.deepEqual(
      verdicts(
        { assertions: [] },
        { assertions: [{ line: 1, effective: false, negative: false }] },
        { calls: ['print'] },
      ),
      ['vacuous', 'vacuous', 'unlinked'],
    );
  });

  it('knows what is reached through a tested caller', () => {
    const source = fileFacts({ functions });
    const tests = fileFacts({
      path: 't.py',
      role: 'test',
      functions: [],
      tests: [testCaseFacts({})],
    });
    const files = [source, tests];
    const links = linkTests(
      files,
      functions.map((fn) => ({ file: source, fn })),
    );
    const find = testsOf({
      tests: links,
      code: [source],
      testFiles: [tests],
      ownersOf: ownersCalled(files),
    });
    const helper = find({ file: source, fn: functions.find(({ name }) => name === 'helper')! });
    assert.equal(helper.direct.length, 0);
    assert.equal(helper.through?.steps, 1);
  });

  it('knows what helpers hand over, whatever they are called', () => {
    const source = fileFacts({ functions });
    const tests = fileFacts({
      path: 'test_work.py',
      role: 'test',
      functions: ['constructor', 'run'].map((name) => functionFacts({ name })),
      handedBy: [{ by: 'run', handed: ['work'] }],
      tests: [testCaseFacts({ calls: ['run', 'constructor'] })],
    });
    const all = source.functions.map((fn) => ({ file: source, fn }));
    assert.deepEqual([...linkTests([source, tests], all).byName.keys()], ['work']);
  });
});
