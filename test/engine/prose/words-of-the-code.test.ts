import assert from 'node:assert/strict';

import { docBlockValue } from '#src/engine/prose/doc-blocks.ts';
import { claimOf, type GroundingIndex } from '#src/engine/prose/grounding.ts';
import { stem } from '#src/engine/prose/stem.ts';
import { codePlaces } from '#src/engine/submission/code-places.ts';
import type { Sentence } from '#src/engine/prose/sentences.ts';
import { metricOf, publishedRubric, realEngine } from '#test/support/engine.ts';
import { fileFacts, functionFacts } from '#test/support/facts.ts';

const rubric = publishedRubric();

function indexOf(words: readonly string[]): GroundingIndex {
  return {
    symbols: new Set(words),
    declared: new Set(words),
    offered: new Set(),
    said: new Set(),
    packages: new Set<string>(),
    files: new Set(),
    besideNumber: () => new Set(),
    languages: new Set(),
    vocabulary: new Map(words.map((word) => [stem(word), 1])),
    behind: (name) => new Set(name === 'work' ? ['header'] : []),
    answers: () => false,
    places: () => codePlaces([], () => []),
  };
}

describe('words that prose has in common with the code', () => {
  const tie = (text: string, words: readonly string[]): number =>
    claimOf(
      { text, words: [], codeSpans: [], fluency: 1 } as unknown as Sentence,
      indexOf(words),
      rubric,
    ).tie;
  const text = 'Sorts the header by the weight that browsers announce.';

  it('tie it to the code, the more the better', () => {
    const [none, one, two] = [['lantern'], ['header'], ['header', 'weight']].map((words) =>
      tie(text, words),
    );
    assert.equal(none, 0);
    assert.ok(one !== undefined && two !== undefined && one > 0 && two > one && two <= 1);
  });

  it('are not those that the body of what is named shows', () => {
    assert.equal(tie('Calls work() and header instead.', ['work', 'header']), 0);
    assert.ok(tie('Calls job() and header instead.', ['job', 'header']) > 0);
  });

  const valueOf = (doc: string, names: readonly string[], others: readonly string[]): number =>
    docBlockValue(
      { kind: 'doc', startLine: 1, endLine: 3, text: doc },
      { file: fileFacts(), names: ['work', '', ...names] },
      { rubric, index: indexOf([...names, ...others]), seen: new Set() },
    ).value;

  it('make a doc block tell something, and names of parameters do not', () => {
    const told = (doc: string): number =>
      valueOf(doc, ['rows', 'rate'], ['invoice', 'discount', 'month']);
    const made =
      'Takes rows and rate and goes through them.\n@param rows read only\n@param rate decides how far';
    assert.equal(told(made), 0);
    const one = told('Adds up each invoice of the rows.');
    const several = told('Adds up each invoice of the rows of a month, less the discount agreed.');
    assert.ok(one > 0);
    assert.ok(several > one);
  });

  it('vouch for a few words that the code does not use, and not for a page of them', () => {
    const rare = Array.from(
      { length: 20 },
      (_, at) => `lantern${'abcdefghijklmnopqrst'.charAt(at)}`,
    );
    const padded = (words: number): number =>
      valueOf(`Adds up the invoice ${rare.slice(0, words).join(' ')}.`, [], ['invoice']);
    const untied = valueOf(`Adds up the ${rare.join(' ')}.`, [], ['invoice']);
    assert.ok(untied * 5 < padded(20));
    assert.ok(padded(2) > padded(0));
    assert.equal(padded(20), padded(4));
  });

  it('are not those of names that stand in the body', () => {
    const body = { startLine: 1, endLine: 5 };
    const fn = functionFacts({ ...body, mentions: ['invoice', 'discount'] });
    const file = fileFacts({ functions: [fn] });
    const about = { rubric, index: indexOf(['invoice', 'discount']), seen: new Set<string>() };
    const doc = (text: string) =>
      docBlockValue(
        { kind: 'doc', startLine: 1, endLine: 1, text },
        { file, names: ['work', ''], body },
        about,
      ).value;
    assert.equal(doc('Works on the invoice, because the discount matters to callers here.'), 0);
    assert.ok(doc('Works on invoices, because discounts matter to the callers here.') > 0);
  });

  it('are not asked of a licence', async () => {
    const run = await realEngine();
    const result = run({
      files: [
        {
          path: 'total.py',
          content:
            'def total(invoices, discount):\n    result = 0\n    for invoice in invoices:\n        if invoice > discount:\n            result += invoice - discount\n    return result\n',
        },
        {
          path: 'README.md',
          content:
            '# Totals\n\nAdds up every invoice of a month, less the discount that was agreed on with `total`.\n\n## License\n\nThis is under the MIT license, which the file of that name holds in full.\n',
        },
      ],
    });
    const { evidence } = metricOf(result, 'collaboration', 'documentation');
    assert.ok(evidence.some(({ rule }) => rule === 'readme_what'));
    assert.ok(evidence.every(({ rule }) => rule !== 'readme_who'));
  });
});
