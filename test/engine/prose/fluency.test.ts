import assert from 'node:assert/strict';

import { fluencyOf, withFluency, wordOrderOf } from '#src/engine/prose/fluency.ts';
import { proseBlocks } from '#src/engine/prose/blocks.ts';
import { sentencesOf } from '#src/engine/prose/sentences.ts';
import { publishedRubric } from '#test/support/engine.ts';

const rubric = publishedRubric();

const said = [
  'The queue keeps every job until a worker has confirmed it, so that nothing is lost when a process dies.',
  'A job that fails is tried again after a second, then after two, and is set aside after the fifth time.',
  'If the clock of the machine is wrong, jobs may run too early; the order of two of them never changes.',
  'Workers ask for jobs in batches of twenty, because each request to the store takes a few milliseconds.',
];
/** The same words in the order of the alphabet. */
const sorted = said.map(
  (text) => `${text.toLowerCase().replace('.', '').split(' ').sort().join(' ')}.`,
);

const fluenciesOf = (texts: readonly string[]): number[] =>
  withFluency(proseBlocks(texts.join(' ')).flatMap(sentencesOf), rubric).map(
    ({ fluency }) => fluency,
  );

/** With the mistakes that other mother tongues bring along, which are no reason to count for less. */
const foreign = [
  'This project it is for calculate the price of basket. For run the program you must to install python and after write python main.py in console. I have used dictionary because is more fast that list for search the item. If file not exist the program show error and finish.',
  'In this application we implement the cache using hash map. Why hash map? Because access is constant time. Also we do eviction of old element when size is big than max. Tests are in folder test, you can launch with npm test.',
  'The program make sort of the list with quick sort algorithm. I choose this algorithm because he is fast in most case. In worst case he is O(n2) but we shuffle before so is not problem. For test I make unit test with many input. All test is pass.',
  'Here is my solution of task. First I parse input file line by line, then put each line to the map. If line is bad I skip her and write warning to log. Complexity is O(n). I did not have time to make multi thread version, but is possible.',
  'Project for manage library. User can to borrow book and return. Each book have id unique. When the user borrow more of three book the system refuse. The data save in file json. To execute: java -jar library.jar',
  'I decide use SQLite database, because no need install server. Table users keep password in hash. Connection close always in finally block. If have error in query, return 500 and message for client.',
  'This code is doing the checking of the brackets. It is using stack for same. If the closing bracket is coming and stack is empty then it is invalid. Kindly run the tests by npm test. Time complexity is linear only.',
  'Only for the moment csv is support. Options is -i for input and -o for output. Attention the file must be utf8. Is possible to give many files, the program will to treat one after the other.',
];

describe('fluency', () => {
  it('is full for sentences that somebody wrote', () => {
    assert.deepEqual(fluenciesOf(said), [1, 1, 1, 1]);
  });

  it('is nothing for the same words in another order', () => {
    assert.deepEqual(fluenciesOf(sorted), [0, 0, 0, 0]);
  });

  it('is full for the English of other mother tongues', () => {
    for (const text of foreign) assert.ok(Math.min(...fluenciesOf([text])) > 0.9, text);
  });

  it('does not change what stands beside it where both are long', () => {
    const good = Array.from({ length: 10 }, (_, round) =>
      said.map((text) => `${text.slice(0, -1)} ${round}.`),
    ).flat();
    const bad = Array.from({ length: 10 }, () => sorted).flat();
    const all = fluenciesOf([...good, ...bad]);
    assert.equal(all[0], 1);
    assert.equal(all.at(-1), 0);
  });

  it('reads the text of links and not where they lead', () => {
    const linked = said.map((text, at) =>
      text.replace(/\b(job|queue|jobs|fails|store)\b/g, `[$1](docs/part-${at}.md#of-it)`),
    );
    assert.notDeepEqual(linked, said);
    const [plain, marked] = [said, linked].map((texts) => texts.map(wordOrderOf));
    assert.deepEqual(marked, plain);
  });

  it('gives a short text the benefit of the doubt', () => {
    assert.equal(fluencyOf(wordOrderOf('Parse and stringify URL query strings'), rubric), 1);
  });
});
