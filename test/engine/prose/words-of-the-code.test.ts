import assert from 'node:assert/strict';

import { docBlockValue } from '#src/engine/prose/doc-blocks.ts';
import { isAboutCode, type GroundingIndex } from '#src/engine/prose/grounding.ts';
import { stem } from '#src/engine/prose/stem.ts';
import type { Sentence } from '#src/engine/prose/sentences.ts';
import { metricOf, publishedRubric, realEngine } from '#test/support/engine.ts';
import { fileFacts } from '#test/support/facts.ts';

const rubric = publishedRubric();

function indexOf(words: readonly string[]): GroundingIndex {
  return {
    symbols: new Set(words),
    declared: new Set(words),
    offered: new Set(),
    files: new Set(),
    numbers: new Map(),
    languages: new Set(),
    vocabulary: new Map(words.map((word) => [stem(word), 1])),
  };
}

describe('words that prose has in common with the code', () => {
  const about = (text: string, words: readonly string[]): boolean =>
    isAboutCode({ text } as Sentence, [], indexOf(words), rubric);
  const text = 'Sorts the header by the weight that browsers announce.';

  it('may be fewer where the code has few words', () => {
    const many = Array.from({ length: 80 }, (_, at) => `zebra${'abcdefghij'.charAt(at % 10)}${at}`);
    assert.equal(about(text, ['header']), true);
    assert.equal(about(text, ['header', ...many]), false);
    assert.equal(about(text, ['header', 'weight', ...many]), true);
    assert.equal(about(text, ['lantern']), false);
  });

  it('make a doc block tell something, and names of parameters do not', () => {
    const valueOf = (doc: string): number =>
      docBlockValue(
        { kind: 'doc', startLine: 1, endLine: 3, text: doc },
        ['work', '', 'rows', 'rate'],
        fileFacts(),
        { rubric, index: indexOf(['invoice', 'discount', 'rows', 'rate']), seen: new Set() },
      ).value;
    assert.equal(
      valueOf(
        'Takes rows and rate and goes through them.\n@param rows read only\n@param rate decides how far',
      ),
      0,
    );
    assert.ok(valueOf('Adds up each invoice of the rows, less the discount of its rate.') > 0);
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
