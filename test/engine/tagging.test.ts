/** Tags of texts, against texts whose tags are known: how often each detector is right, and where a tag shows. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fullLanguages } from '#src/engine/facts.ts';
import { tagText } from '#src/engine/tagging.ts';
import type { TextTag } from '#src/engine/result-schema.ts';
import { threshold } from '#src/engine/rubric.ts';
import { publishedRubric, realExtract } from '#test/support/engine.ts';

interface Labelled {
  file: string;
  name: string;
  text: string;
  /** Everything that the text is about, as its reader would say. */
  tags: string[];
}

const folder = 'test/fixtures/tags';
const texts = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file): Labelled[] => {
    const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      texts: { name: string; tags: string[]; text: string[] }[];
    };
    return list.texts.map((each) => ({ ...each, file, text: each.text.join('\n') }));
  });

/** Languages of which the texts are written; TSX is tagged as TypeScript. */
const languages = fullLanguages.filter((language) => language !== 'tsx');

describe('the tags of a text', () => {
  const rubric = publishedRubric();
  let tags: (text: string, most?: number) => TextTag[];
  before(async () => {
    const extract = await realExtract();
    tags = (text, most = 100) => tagText(text, most, { extract, rubric });
  });

  /** Who found it, by what the evidence says. */
  const detectorOf = (description: string): string => {
    const [, verb = '', rest = ''] = /^(\w+):? (.*)$/.exec(description) ?? [];
    if (verb === 'uses') return rest.replaceAll(' ', '_');
    const names: Record<string, string> = {
      imports: 'import',
      names: 'mention',
      parsed: 'language_by_content',
      tests: 'test_case',
    };
    return names[verb] ?? assert.fail(description);
  };
  const publishedOf = (detector: string): number =>
    rubric.data.tags[detector]?.confidence ?? threshold(rubric, `tag_precision_${detector}`);

  const measured = () => {
    const counts = new Map<string, { right: number; wrong: string[] }>();
    for (const { file, name, text, tags: known } of texts) {
      for (const { tag, evidence } of tags(text)) {
        for (const detector of new Set(evidence.map((at) => detectorOf(at.description)))) {
          const count = counts.get(detector) ?? { right: 0, wrong: [] };
          if (known.includes(tag)) count.right += 1;
          else count.wrong.push(`${tag} in ${name} (${file})`);
          counts.set(detector, count);
        }
      }
    }
    return counts;
  };

  it('are right in nine of ten cases and more, whoever found them', () => {
    const counts = measured();
    for (const [detector, { right, wrong }] of counts) {
      const precision = right / (right + wrong.length);
      assert.ok(precision >= 0.9, `${detector}: ${precision}, wrong: ${wrong.join('; ')}`);
      assert.ok(publishedOf(detector) <= precision, detector);
    }
  });

  it('are published with what was measured, as if one more had been wrong', () => {
    const expected = Object.fromEntries(
      [...measured()]
        .map(([detector, { right, wrong }]): [string, number] => [
          detector,
          Math.floor((100 * right) / (right + wrong.length + 1)) / 100,
        ])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const published = Object.fromEntries(
      Object.keys(expected).map((detector) => [detector, publishedOf(detector)]),
    );
    assert.deepEqual(published, expected);
    // What no labelled text shows has not been measured.
    const unseen = Object.keys(rubric.data.tags).filter((detector) => !(detector in expected));
    assert.deepEqual(unseen, []);
  });

  it('leave little unsaid', () => {
    const known = texts.flatMap((each) => {
      const found = new Set(tags(each.text).map(({ tag }) => tag));
      return each.tags.map((tag) => found.has(tag));
    });
    assert.ok(known.filter(Boolean).length / known.length >= 0.9);
  });

  it('are measured in ten languages and in prose, with look-alikes in each', () => {
    const shown = new Set(texts.flatMap((each) => each.tags));
    for (const language of languages) {
      assert.ok(shown.has(language), language);
      const alike = texts.filter(
        ({ file, name }) => file === `${language}.json` && name.startsWith('look-alike'),
      );
      assert.ok(alike.length > 0, language);
    }
    assert.ok(texts.filter(({ file }) => file === 'prose.json').length >= 30);
  });

  it('stand on a line of the text, which is quoted', () => {
    for (const { name, text } of texts) {
      const lines = text.split('\n');
      for (const { tag, confidence, evidence } of tags(text)) {
        assert.ok(confidence > 0 && confidence <= 1);
        assert.ok(evidence.length > 0 && evidence.length <= 5, tag);
        for (const { line, snippet } of evidence) {
          assert.equal(snippet, (lines[line - 1] ?? '').trim().slice(0, 200), `${tag} of ${name}`);
          assert.notEqual(snippet, '');
        }
      }
    }
  });

  it('tell Java from JavaScript, in code and in prose', () => {
    const named = (text: string) => tags(text).map(({ tag }) => tag);
    assert.deepEqual(named('I wrote the app in JavaScript and its tests in JavaScript.'), [
      'javascript',
    ]);
    assert.deepEqual(named('I wrote the app in Java and its tests in Java.'), ['java']);
    assert.ok(!named("const java = 'Java';\nconsole.log(java === 'java');\n").includes('java'));
  });

  it('of an example in a page stand where the example stands', () => {
    const page =
      '# Totals\n\nA short page on a script.\n\n```python\nimport heapq\n\nheapq.heapify([])\n```\n';
    const places = tags(page).map(({ tag, evidence }) => [tag, evidence[0]?.line]);
    assert.deepEqual(
      new Map(places as [string, number][]),
      new Map([
        ['python', 6],
        ['heap', 6],
      ]),
    );
  });

  it('are those of which it is most certain, as many as were asked for', () => {
    const text = texts.find(({ name }) => name === 'fetching pages at once')?.text ?? '';
    const all = tags(text);
    assert.ok(all.length > 5);
    assert.deepEqual(tags(text, 5), all.slice(0, 5));
    const certainties = all.map(({ confidence }) => confidence);
    assert.deepEqual(
      certainties,
      certainties.toSorted((a, b) => b - a),
    );
  });

  it('of nothing are none, and no secret is quoted', () => {
    for (const nothing of ['', ' \n\t\n', '…', '?'.repeat(5_000)])
      assert.deepEqual(tags(nothing), []);
    const secret = `import requests\n\nPASSWORD = "hunter2hunter2"; requests.get("https://example.org")\n`;
    assert.doesNotMatch(JSON.stringify(tags(secret)), /hunter2hunter2/);
  });
});
