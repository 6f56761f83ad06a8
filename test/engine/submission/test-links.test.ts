import assert from 'node:assert/strict';

import type { ImportFacts } from '#src/engine/facts.ts';
import { functionsOf } from '#src/engine/submission/functions-of.ts';
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

  it('reads what a file imports once, however many functions and tests there are', () => {
    const readsFor = (many: number): number => {
      let reads = 0;
      const imported: ImportFacts = {
        get module() {
          reads += 1;
          return './work';
        },
        names: ['other'],
        line: 1,
        relative: true,
      };
      const source = fileFacts({
        path: 'src/code.py',
        functions: Array.from({ length: many }, (_, at) => functionFacts({ startLine: at + 1 })),
      });
      const owned = functionFacts({ owner: 'Worker', kind: 'method' });
      const classes = fileFacts({ path: 'src/worker.py', functions: [owned] });
      const tests = fileFacts({
        path: 'test_work.py',
        role: 'test',
        functions: [],
        imports: [imported],
        tests: Array.from({ length: many }, (_, at) => testCaseFacts({ literals: [`${at}`] })),
      });
      const files = [source, classes, tests];
      const all = functionsOf([source, classes]);
      const links = linkTests(files, all);
      const find = testsOf({
        tests: links,
        code: [source, classes],
        testFiles: [tests],
        ownersOf: ownersCalled(files),
      });
      assert.equal(all.map(find).length, many + 1);
      return reads;
    };
    assert.equal(readsFor(20), readsFor(2));
  });
});
