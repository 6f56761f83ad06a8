import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { HtmlValidate } from 'html-validate';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { visible } from '#src/features/reports/html/visible-text.ts';
import { renderReport } from '#src/features/reports/render.ts';
import { sampleResults } from './results.ts';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    // How it is written, not what it says: the formatter's.
    'doctype-style': 'off',
    'void-style': 'off',
    'no-trailing-whitespace': 'off',
    // Numbers of findings have dots.
    'valid-id': ['error', { relaxed: true }],
  },
});

async function faults(page: string): Promise<string[]> {
  const { results } = await validator.validateString(page);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${ruleId} ${line}: ${message}`),
  );
}

/** Of the whole text, the elements and their attributes. */
const tagsOf = (page: string) => page.match(/<\/?[a-z][^>]*>/gi) ?? [];

describe('a report as a page', () => {
  let results: ReadonlyMap<string, AssessmentResult>;
  let pages: ReadonlyMap<string, string>;
  before(async () => {
    results = await sampleResults();
    const rendered = [...results].map(
      async ([name, result]) => [name, await renderReport('html', result)] as const,
    );
    pages = new Map(await Promise.all(rendered));
  });
  const sample = () => structuredClone(results.get('submission.json') ?? assert.fail());

  it('is valid and accessible HTML', async () => {
    // Every third, for the time that it takes: all are made of the same parts.
    const some = [...pages].filter((_, n) => n % 3 === 0);
    for (const [name, page] of some) assert.deepEqual(await faults(page), [], name);
    assert.notDeepEqual(await faults('<p><div id=a></div><img>'), [], 'a check that sees nothing');
  });

  it('has one first heading, and none that skips a level', () => {
    for (const [name, page] of pages) {
      const levels = Array.from(page.matchAll(/<h([1-6])[ >]/g), ([, level]) => Number(level));
      assert.deepEqual([levels[0], levels.filter((level) => level === 1).length], [1, 1], name);
      for (const [index, level] of levels.entries())
        assert.ok(level <= (levels[index - 1] ?? 0) + 1, `${name}: h${level}`);
    }
  });

  it('needs no host, no script and no style but its own', () => {
    for (const [name, page] of pages) {
      const tags = tagsOf(page);
      const names = new Set(tags.map((tag) => /[a-z\d]+/i.exec(tag)?.[0].toLowerCase()));
      for (const foreign of [
        'script',
        'link',
        'img',
        'iframe',
        'object',
        'embed',
        'form',
        'base',
        'use',
        'image',
      ])
        assert.ok(!names.has(foreign), `${name}: ${foreign}`);
      for (const tag of tags)
        assert.doesNotMatch(tag, /\s(?:on\w+|style|src|srcset|xlink:href)=|href="(?!#)/i, name);
    }
  });

  it('stands under a policy that allows its style by hash and nothing else', () => {
    const [page = ''] = pages.values();
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? assert.fail();
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1];
    assert.equal(
      policy?.replaceAll('&#39;', "'"),
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    assert.doesNotMatch(style, /url\(|@import|expression/);
  });

  it('says what the scores do not say', () => {
    for (const [name, page] of pages) {
      const text = page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
      for (const sentence of [
        'Static evidence only',
        'never run',
        'does not say whether the program gives the right results',
        'Confidence is the estimated chance',
      ])
        assert.ok(text.includes(sentence), `${name}: ${sentence}`);
    }
  });

  it('quotes the code line by line with its numbers, and says where the quotation ends', () => {
    const page = pages.get('submission.json') ?? assert.fail();
    const cut = (results.get('submission.json')?.path_scores ?? [])
      .flatMap(({ metrics }, at) =>
        metrics.flatMap(({ evidence }, metric) =>
          evidence.map((one, nth) => ({ ...one, id: `f${at + 1}.${metric + 1}.${nth + 1}` })),
        ),
      )
      .find(({ snippet, start_line: from, end_line: to }) => {
        const lines = snippet?.split('\n').length ?? 0;
        return lines > 2 && to !== null && from !== null && to >= from + lines;
      });
    const { id, snippet, start_line: start, end_line: end } = cut ?? assert.fail();
    assert.ok(snippet !== null && start !== null);
    const finding = page.split(`id="${id}"`)[1]?.split('</li>')[0] ?? assert.fail();
    const lines = Array.from(
      finding.matchAll(/data-line="(\d+)">([\s\S]*?)\n<\/span>/g),
      ([, line, text = '']) => [Number(line), text.replaceAll(/<[^>]+>/g, '')] as const,
    );
    assert.deepEqual(
      lines,
      snippet.split('\n').map((text, index) => [start + index, visible(text)]),
    );
    assert.match(finding, new RegExp(`goes on to line ${end}\\b`));
    assert.match(finding, /hljs-keyword/);
  });

  it('makes no element of what a stranger wrote, and hides nothing of it', async () => {
    const elements = (await renderReport('html', sample())).replaceAll(
      /<span class="(?:hljs|unseen|line)[^>]*>|<\/span>/g,
      '',
    );
    const count = tagsOf(elements).length;
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.stringMatching(/^[<>&"'`/=a-z\s-]{0,40}$/),
      fc.constantFrom(
        '</code></pre><script>alert(1)</script>',
        '<img src=x onerror=alert(1)>',
        '&lt;b&gt;&amp;',
        '\u202egnp.exe\u200b\u0000\u001b[31m',
        '</style><style>*{display:none}',
        '`${1}` <!-- -->',
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const result = sample();
        const item = result.path_scores[0]?.metrics[5]?.evidence[0] ?? assert.fail();
        Object.assign(item, { snippet: `x${text}`, file: `${text}.py` });
        const page = (await renderReport('html', result)).replaceAll(
          /<span class="(?:hljs|unseen|line)[^>]*>|<\/span>/g,
          '',
        );
        assert.equal(tagsOf(page).length, count);
      }),
      { numRuns: 150 },
    );
  });

  it('shows characters that nobody sees by their number', () => {
    const seen = (text: string) => visible(text).replaceAll(/<[^>]+>/g, '|');
    assert.equal(seen('a\u202eb\u200b\u0000'), 'a|U+202E|b|U+200B U+0000|');
    assert.equal(seen('\t👩‍💻 é\n<'), '\t👩‍💻 é\n&lt;');
  });

  it('stays below 2 MB, whatever is quoted and however much', async () => {
    for (const filler of ["'", '\u200b', '<', '😀', 'if (a) { "b" } ']) {
      const result = sample();
      for (const { metrics } of result.path_scores)
        for (const metric of metrics) {
          const evidence = Array.from({ length: 200 }, (_, index) => ({
            type: 'correctness_smell',
            description: `\`${filler.repeat(250)}`.slice(0, 499),
            source: 'code',
            file: `${'folder/'.repeat(60)}${index}.js`,
            start_line: index + 1,
            end_line: index + 99,
            snippet: filler.repeat(400).slice(0, 400),
            points: -1,
            rule: 'any',
            metadata: {},
          }));
          Object.assign(metric, { evidence, score: 50, base: 250 });
        }
      const page = await renderReport('html', result);
      assert.ok(
        page.length > 300_000 && Buffer.byteLength(page) < 2_000_000,
        `${filler}: ${page.length}`,
      );
      assert.ok((await renderReport('md', result)).length > 1000);
    }
  });
});
