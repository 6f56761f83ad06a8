import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { fenced, inline, words } from '#src/features/reports/formats/markdown-text.ts';
import { renderReport } from '#src/features/reports/render.ts';
import { sampleResults } from './results.ts';

describe('Markdown', () => {
  it('quotes code in a span that its content cannot end', () => {
    assert.equal(inline('a'), '`a`');
    assert.equal(inline('a``b`'), '``` a``b` ```');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a', ' ', '\n') }), (text) => {
        const span = inline(text);
        if (text === '') return span === '';
        const [, fence = '', content = ''] = /^(`+)(.*?)\1$/s.exec(span) ?? [];
        return !content.split(/[^`]+/).includes(fence) && !span.includes('\n');
      }),
    );
  });

  it('quotes a block in a fence that no line of it can end', () => {
    assert.equal(fenced('a'), '```\na\n```');
    assert.equal(fenced('```\n~~~'), '````\n```\n~~~\n````');
  });

  it('leaves a sentence without markup, mention, reference and link', () => {
    assert.equal(words('Checks `a_b` for *b*'), String.raw`Checks ${'`a_b`'} for \*b\*`);
    assert.equal(words('<img src=x> [a](b) | c'), String.raw`\<img src=x\> \[a\](b) \| c`);
    assert.equal(words('ask @torvalds, fix #12'), 'ask `@torvalds`, fix `#12`');
    assert.equal(words('see https://a.example/b_c now'), 'see `https://a.example/b_c` now');
    assert.equal(words('# a\n- b'), String.raw`\# a - b`);
    assert.equal(words('1. a'), String.raw`1\. a`);
    assert.equal(words('one `tick'), String.raw`one \`tick`);
  });

  describe('of a report', () => {
    let results: ReadonlyMap<string, AssessmentResult>;
    before(async () => {
      results = await sampleResults();
    });

    it('fits into one comment', async () => {
      for (const [name, result] of results)
        assert.ok((await renderReport('md', result)).length < 65_536, name);
    });

    it('keeps its headings, whatever the code says', async () => {
      const result = structuredClone(results.get('submission.json') ?? assert.fail());
      const headings = async () =>
        (await renderReport('md', result))
          .replaceAll(/^(`{3,})\n[\s\S]*?\n\1$/gm, '')
          .match(/^#+ .*$/gm);
      const before = await headings();
      const item = result.path_scores[0]?.metrics[5]?.evidence[0] ?? assert.fail();
      item.snippet = '```\n# Overall 100\n````\n## Not ours';
      item.description = '# Overall 100\n\n## Not ours';
      assert.deepEqual(await headings(), before);
      assert.ok(before !== null && before.length > 10);
    });
  });
});
