import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { AssessmentContent } from '#src/engine/contract.ts';
import type { Evidence, EngineResult } from '#src/engine/result-schema.ts';
import { pathOf, realEngine } from '#test/support/engine.ts';

const sample = JSON.parse(
  readFileSync(new URL('../fixtures/submission.json', import.meta.url), 'utf8'),
) as { content: AssessmentContent };
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const texts = new Map<string, string>([
  ...(sample.content.files ?? []).map(({ path, content }): [string, string] => [path, content]),
  ['explanation', sample.content.explanation ?? ''],
]);
const whole = [...texts.values()].join('\n');

/** Functions and classes of the sample that a docstring stands under. */
function isDocumented(name: string): boolean {
  return new RegExp(`^(?:def|class) ${name}\\b[^\\n]*:\\n +"""`, 'm').test(whole);
}

/** What a kind of fact says, checked against the text itself; true where nothing more can be checked. */
const checks: Record<string, (fact: Evidence, lines: string) => boolean> = {
  no_doc_block: ({ description }) => !isDocumented(nameIn(description)),
  doc_block: ({ description }) => isDocumented(nameIn(description)),
  doc_restates_name: ({ description }) => isDocumented(nameIn(description)),
  untested_function: ({ description }) =>
    !new RegExp(`\\b${nameIn(description)}\\(`).test(texts.get('test_totals.py') ?? ''),
  tested_function: ({ description }) =>
    new RegExp(`\\b${nameIn(description)}\\(`).test(texts.get('test_totals.py') ?? ''),
  guard_negative: (_fact, lines) => /< 0/.test(lines),
  raises_error: (_fact, lines) => /\braise\b/.test(lines),
  handler_rethrow: (_fact, lines) => /\bexcept\b[^]*\braise\b/.test(lines),
  fallible_io: (_fact, lines) => lines.includes('read_text'),
  fallible_parse: (_fact, lines) => lines.includes('json.loads'),
  failure_test: (_fact, lines) => lines.includes('pytest.raises'),
  example_command: (_fact, lines) => /python -m|pytest/.test(lines),
  broken_link: () => false,
  no_tests: () => false,
  no_readme: () => false,
};

function nameIn(description: string): string {
  return /`([^`]+)`/.exec(description)?.[1] ?? assert.fail(`no name in: ${description}`);
}

describe('what is said of the sample that the README sends', () => {
  let result: EngineResult;
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
    result = run(sample.content, { submission_type: 'project' });
  });

  it('is true of the lines it points at, sentence by sentence', () => {
    const facts = result.path_scores.flatMap(({ metrics }) =>
      metrics.flatMap(({ evidence }) => evidence),
    );
    assert.ok(facts.length > 30);
    for (const fact of facts) {
      const text = fact.file === null ? whole : texts.get(fact.file);
      assert.ok(text !== undefined, `${fact.file} was submitted`);
      const all = text.split('\n');
      const from = fact.start_line ?? 1;
      const to = fact.end_line ?? all.length;
      assert.ok(from >= 1 && to >= from && to <= all.length, `${fact.file}:${from}-${to}`);
      const lines = all.slice(from - 1, to).join('\n');
      assertNames(fact.description);
      assert.ok(checks[fact.rule]?.(fact, lines) ?? true, `${fact.rule}: ${fact.description}`);
    }
  });

  it('names nothing that is not there in its summary, findings and strengths', () => {
    for (const text of [
      result.summary,
      ...result.key_findings,
      ...result.path_scores.flatMap(({ strengths, areas_for_improvement }) => [
        ...strengths,
        ...areas_for_improvement,
      ]),
    ])
      assertNames(text);
    assert.match(result.summary, /32 lines of Python in 1 file and 1 test file/);
  });

  it('advises nothing that has been done', () => {
    assert.ok(result.recommendations.length > 0);
    for (const { text, effort } of result.recommendations) {
      assertNames(text);
      assert.ok(effort !== undefined);
      // The docstring of this one says what it returns and what it raises.
      assert.doesNotMatch(text, /doc blocks?.*`totals_by_customer`/);
      assert.doesNotMatch(text, /(?:Test|tests that call) .*`(?:totals_by_customer|load_orders)`/);
    }
  });

  it('and its first example has a score', () => {
    const body = /-d '(\{"candidate_id":"ada","content":\{"code".*\})'/.exec(readme)?.[1] ?? '';
    const { content } = JSON.parse(body) as { content: AssessmentContent };
    const first = run(content);
    assert.notEqual(first.overall_score, null);
    assert.notEqual(pathOf(first, 'technical').overall_score, null);
    for (const { reason, metrics } of first.path_scores) {
      assert.doesNotMatch(reason ?? '', /no functions/i);
      for (const { explanation } of metrics) assert.doesNotMatch(explanation, /no functions/i);
    }
  });
});

/** Every name in code voice stands in what was submitted. */
function assertNames(sentence: string): void {
  for (const [, name] of sentence.matchAll(/`([^`]+)`/g))
    assert.ok(whole.includes(name ?? '') || texts.has(name ?? ''), `${name} in: ${sentence}`);
}
